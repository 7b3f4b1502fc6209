-- Counts one provider's queue.
-- KEYS[1] bull wait LIST    KEYS[2] bull prioritized ZSET    KEYS[3] bull delayed ZSET    KEYS[4] bull active LIST
-- KEYS[5] admitted ZSET    KEYS[6] limits HASH
-- ARGV[1] job key prefix
-- Returns {waiting, delayed, active, admitted, capacity, age of the oldest that was never started (ms)}. The age is that
-- of the first in each line: whoever is behind it came later, or takes its turn after others of its tenant.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limits = redis.call('HMGET', KEYS[6], 'concurrency', 'bufferSize')
local oldest = now
for band = 0, 2 do
  -- From its second tag on: before it are those that come back.
  local from = string.format('%.0f', (band * 524288 + 2) * 4294967296)
  local to = string.format('(%.0f', (band + 1) * 524288 * 4294967296)
  local head = redis.call('ZRANGEBYSCORE', KEYS[2], from, to, 'LIMIT', 0, 1)
  if head[1] then
    oldest = math.min(oldest, tonumber(redis.call('HGET', ARGV[1] .. head[1], 'timestamp')) or now)
  end
end
return {
  redis.call('LLEN', KEYS[1]) + redis.call('ZCARD', KEYS[2]),
  redis.call('ZCARD', KEYS[3]),
  redis.call('LLEN', KEYS[4]),
  redis.call('ZCOUNT', KEYS[5], now, '+inf'),
  (tonumber(limits[1]) or 0) + (tonumber(limits[2]) or 0),
  now - oldest,
}
