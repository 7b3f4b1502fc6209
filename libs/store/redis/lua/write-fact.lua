-- Writes or deletes one fact of a scope, removes those that have ended, and tells everybody.
-- KEYS[1] facts  HASH name -> {"untilMs":<end, ms>,"value":<JSON>}
-- ARGV[1] name   ARGV[2] the fact, '' to delete it   ARGV[3] channel   ARGV[4] notice   ARGV[5] PUBLISH | SPUBLISH
-- Returns now in ms by this server's clock.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[2] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
end
local last = 0
local facts = redis.call('HGETALL', KEYS[1])
for i = 1, #facts, 2 do
  local ends = tonumber(string.match(facts[i + 1], '^{"untilMs":(%d+)'))
  if not ends or ends <= now then
    redis.call('HDEL', KEYS[1], facts[i])
  elseif ends > last then
    last = ends
  end
end
if last > 0 then
  redis.call('PEXPIREAT', KEYS[1], last)
end
redis.call(ARGV[5], ARGV[3], ARGV[4])
return now
