-- Takes or renews a lease.
-- KEYS[1] leases  ZSET holder -> expiry (ms)    KEYS[2] since  HASH holder -> held since (ms)
-- ARGV[1] holder   ARGV[2] time to live (ms)
-- Returns {now, held} in ms by this server's clock.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local expiry = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]))
local since = tonumber(redis.call('HGET', KEYS[2], ARGV[1]))
if not expiry or expiry <= now or not since then
  since = now
  redis.call('HSET', KEYS[2], ARGV[1], since)
end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], 3600000)
redis.call('PEXPIRE', KEYS[2], 3600000)
return { now, now - since }
