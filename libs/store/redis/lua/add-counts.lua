-- Adds one batch of counts to the windows of a scope, once however often it is sent.
-- KEYS[n] window  HASH second -> count, and '#<sender>' -> '<batch> <second>' of its last batch
-- ARGV[1] sender   ARGV[2] batch, rising   ARGV[3] how long counts are kept, ms
-- then for each key: how many seconds follow, and as often: second, count
-- Returns now in ms by this server's clock.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local sender, batch, kept = '#' .. ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local oldest = math.floor((now - kept) / 1000)
local at = 4

local function forget(key)
  local fields = redis.call('HGETALL', key)
  for i = 1, #fields, 2 do
    local second = tonumber(fields[i]) or tonumber(string.match(fields[i + 1], ' (%d+)$'))
    if not second or second < oldest then
      redis.call('HDEL', key, fields[i])
    end
  end
end

for _, key in ipairs(KEYS) do
  local seconds = tonumber(ARGV[at])
  local last = redis.call('HGET', key, sender)
  local isNew = not last or tonumber(string.match(last, '^%d+')) < batch
  for i = 1, seconds do
    local second, count = ARGV[at + 2 * i - 1], ARGV[at + 2 * i]
    if isNew and tonumber(second) >= oldest then
      redis.call('HINCRBY', key, second, count)
    end
  end
  at = at + 1 + 2 * seconds
  redis.call('HSET', key, sender, string.format('%d %d', batch, math.floor(now / 1000)))
  if redis.call('HLEN', key) > 2 * kept / 1000 then
    forget(key)
  end
  redis.call('PEXPIRE', key, kept)
end
return now
