-- Checks a provider's room and reserves a place for one request. Repeating it changes nothing.
-- KEYS[1] admitted  ZSET request id -> expiry (ms)    KEYS[2] limits  HASH concurrency, bufferSize
-- ARGV[1] request id   ARGV[2] lifetime (ms)   ARGV[3] concurrency   ARGV[4] buffer size, where no worker has set them
-- Returns {admitted 0|1, now (ms)}.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local limits = redis.call('HMGET', KEYS[2], 'concurrency', 'bufferSize')
local capacity = tonumber(limits[1] or ARGV[3]) + tonumber(limits[2] or ARGV[4])
if redis.call('ZCARD', KEYS[1]) >= capacity and not redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  return { 0, now }
end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
-- A queue that is left alone leaves nothing behind.
redis.call('PEXPIRE', KEYS[1], 86400000)
return { 1, now }
