-- Takes the locks from the jobs of a worker whose lease has lapsed, so that the next stalled check frees their slots.
-- KEYS[1] leases ZSET    KEYS[2] leases-since HASH    KEYS[3] bull active LIST    KEYS[4] bull stalled SET
-- KEYS[5] bull stalled-check
-- ARGV[1] sweeper   ARGV[2] dead worker   ARGV[3] how long the sweeper must have been alive (ms)   ARGV[4] job key prefix
-- Returns the number of jobs, or -1 when the sweeper may not judge (its own lease lapsed lately), -2 when the worker lives.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local own = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]))
local since = tonumber(redis.call('HGET', KEYS[2], ARGV[1]))
if not own or own <= now or not since or now - since < tonumber(ARGV[3]) then
  return -1
end
local dead = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[2]))
if not dead or dead > now then
  return -2
end
local swept = 0
for _, id in ipairs(redis.call('LRANGE', KEYS[3], 0, -1)) do
  if redis.call('HGET', ARGV[4] .. id, 'pb') == ARGV[2] then
    redis.call('DEL', ARGV[4] .. id .. ':lock')
    redis.call('SADD', KEYS[4], id)
    swept = swept + 1
  end
end
redis.call('ZREM', KEYS[1], ARGV[2])
redis.call('HDEL', KEYS[2], ARGV[2])
-- The stalled check that follows must not wait for its turn.
redis.call('DEL', KEYS[5])
return swept
