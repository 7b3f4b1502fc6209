-- Checks a provider's room and its tenant's share, reserves a place for one request, and gives it its turn.
-- KEYS[1] admitted  ZSET job id -> expiry (ms)    KEYS[2] limits  HASH concurrency, bufferSize
-- KEYS[3] tenant    ZSET job id -> expiry (ms), of this tenant, where shares are counted
-- KEYS[4] tags      HASH band -> tag last started, band:tenant -> its last tag; only while something waits
-- KEYS[5] bull prioritized ZSET    KEYS[6] bull delayed ZSET    KEYS[7] bull active LIST, newest first
-- ARGV[1] job id   ARGV[2] lifetime (ms)   ARGV[3] concurrency   ARGV[4] buffer size, where no worker has set them
-- ARGV[5] share of the capacity that a tenant may hold, 1 = all   ARGV[6] tenant   ARGV[7] band (0, 1, 2)
-- ARGV[8] job key prefix
-- Returns {0 full | 1 admitted | 2 over the tenant's share, now (ms), tag, jobs waiting}.
local bandSize = 524288
local firstTag = 2
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local limits = redis.call('HMGET', KEYS[2], 'concurrency', 'bufferSize')
local concurrency = tonumber(limits[1] or ARGV[3])
local capacity = concurrency + tonumber(limits[2] or ARGV[4])
local admitted = redis.call('ZCARD', KEYS[1])
local waiting = redis.call('ZCARD', KEYS[5])
local share = tonumber(ARGV[5])
local expiry = now + ARGV[2]
if share < 1 then
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
  local held = redis.call('ZCARD', KEYS[3])
  if held >= math.ceil(share * capacity - 1e-9) and not redis.call('ZSCORE', KEYS[3], ARGV[1]) then
    return { 2, now, 0, waiting }
  end
end
if admitted >= capacity and not redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  return { 0, now, 0, waiting }
end
redis.call('ZADD', KEYS[1], expiry, ARGV[1])
-- A queue that is left alone leaves nothing behind.
redis.call('PEXPIRE', KEYS[1], 86400000)
if share < 1 then
  redis.call('ZADD', KEYS[3], expiry, ARGV[1])
  redis.call('PEXPIRE', KEYS[3], 86400000)
end

-- Turns, as in fair-tags.ts.
local band = ARGV[7]
local delayed = redis.call('ZCARD', KEYS[6])
if waiting == 0 and admitted - delayed < concurrency then
  if delayed == 0 then
    redis.call('DEL', KEYS[4])
    return { 1, now, firstTag, waiting }
  end
  return { 1, now, math.max(firstTag, tonumber(redis.call('HGET', KEYS[4], band)) or 0), waiting }
end
local base = tonumber(band) * bandSize
local field = band .. ':' .. ARGV[6]
local kept = redis.call('HMGET', KEYS[4], band, field)
local seen
local running = redis.call('LRANGE', KEYS[7], 0, 7)
for _, id in ipairs(running) do
  local tag = (tonumber(redis.call('HGET', ARGV[8] .. id, 'priority')) or 0) - base
  if tag >= firstTag and tag < bandSize then
    seen = tag
    break
  end
end
if not seen then
  local from = string.format('%.0f', (base + firstTag) * 4294967296)
  local to = string.format('(%.0f', (base + bandSize) * 4294967296)
  local head = redis.call('ZRANGEBYSCORE', KEYS[5], from, to, 'WITHSCORES', 'LIMIT', 0, 1)
  if head[2] then
    -- Where others run, one of this line may have been started unseen: the head's round counts as begun.
    seen = math.floor(tonumber(head[2]) / 4294967296) - base - (#running > 0 and 0 or 1)
  end
end
local started = math.max(tonumber(kept[1]) or 0, seen or 0, 1)
local tag = math.min(math.max(started, tonumber(kept[2]) or 0) + 1, bandSize - 1)
redis.call('HSET', KEYS[4], band, started, field, tag)
redis.call('PEXPIRE', KEYS[4], 3600000)
-- A tenant that is not ahead of its line's round is as good as new.
if redis.call('HLEN', KEYS[4]) > 2 * admitted + 64 then
  local all = redis.call('HGETALL', KEYS[4])
  local rounds = {}
  for index = 1, #all, 2 do
    if #all[index] == 1 then
      rounds[all[index]] = tonumber(all[index + 1])
    end
  end
  for index = 1, #all, 2 do
    local name = all[index]
    if #name > 1 and tonumber(all[index + 1]) <= (rounds[string.sub(name, 1, 1)] or 0) then
      redis.call('HDEL', KEYS[4], name)
    end
  end
end
return { 1, now, tag, waiting }
