-- Gives back jobs that this worker was handed in a reply that it never got: they run again as if they had not been taken.
-- KEYS[1] bull active LIST    KEYS[2] bull stalled SET    KEYS[3] bull stalled-check
-- ARGV[1] worker   ARGV[2] job key prefix   ARGV[3..] job ids
-- Returns how many there were. The stalled check that follows frees their slots.
local active = {}
for _, id in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  active[id] = true
end
local reclaimed = 0
for index = 3, #ARGV do
  local id = ARGV[index]
  local job = ARGV[2] .. id
  if active[id] and redis.call('HGET', job, 'pb') == ARGV[1] then
    redis.call('DEL', job .. ':lock')
    -- The check will count this as a run that was lost; none has begun.
    redis.call('HINCRBY', job, 'stc', -1)
    redis.call('SADD', KEYS[2], id)
    reclaimed = reclaimed + 1
  end
end
if reclaimed > 0 then
  redis.call('DEL', KEYS[3])
end
return reclaimed
