-- Takes back a job that no worker has, with all that was kept for it.
-- KEYS[1] bull job HASH    KEYS[2] bull prioritized ZSET    KEYS[3] bull delayed ZSET    KEYS[4] bull wait LIST
-- KEYS[5] admitted ZSET    KEYS[6] tenant ZSET    KEYS[7] tags HASH    KEYS[8] body
-- ARGV[1] job id   ARGV[2] tenant   ARGV[3] '1' = only if it was never started
-- Returns 0 when a worker has it (or has had it, where that matters), 1 when it was taken back, 2 when there is none.
local job = redis.call('HMGET', KEYS[1], 'ats', 'priority', 'timestamp')
local started = tonumber(job[1]) or 0
local there = job[3] and true or false
if ARGV[3] == '1' and (started > 0 or not there) then
  return 0
end
if there then
  local removed = redis.call('ZREM', KEYS[2], ARGV[1]) + redis.call('ZREM', KEYS[3], ARGV[1])
  -- Only jobs that were taken from a dead worker lie there.
  if removed == 0 then
    removed = redis.call('LREM', KEYS[4], 0, ARGV[1])
  end
  if removed == 0 then
    return 0
  end
  redis.call('DEL', KEYS[1])
  -- A tenant is not charged for a turn that it did not take.
  local priority = tonumber(job[2]) or 0
  local field = math.floor(priority / 524288) .. ':' .. ARGV[2]
  if started == 0 and redis.call('HEXISTS', KEYS[7], field) == 1 then
    redis.call('HINCRBY', KEYS[7], field, -1)
  end
end
redis.call('ZREM', KEYS[5], ARGV[1])
redis.call('ZREM', KEYS[6], ARGV[1])
redis.call('UNLINK', KEYS[8])
return there and 1 or 2
