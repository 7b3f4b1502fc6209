-- Takes one place of a window that may hold a share of another one.
-- KEYS[1] taken, KEYS[2] of  HASH second -> count
-- ARGV[1] window, ms   ARGV[2] share   ARGV[3] floor   ARGV[4] how long counts are kept, ms
-- ARGV[5], ARGV[6] counts of the sender that are not in KEYS[1], KEYS[2] yet
-- Returns {1 when there was a place, now in ms by this server's clock}.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- The second in which the window begins counts whole where it makes the limit stricter, else not at all.
local first = math.floor((now - ARGV[1]) / 1000)
local firstWhole = math.ceil((now - ARGV[1]) / 1000)
local oldest = math.floor((now - ARGV[4]) / 1000)

local function sum(key, from)
  local total = 0
  local fields = redis.call('HGETALL', key)
  for i = 1, #fields, 2 do
    local second = tonumber(fields[i])
    if second and second < oldest then
      redis.call('HDEL', key, fields[i])
    elseif second and second >= from then
      total = total + fields[i + 1]
    end
  end
  return total
end

local taken = sum(KEYS[1], first) + ARGV[5]
local limit = math.max(tonumber(ARGV[3]), ARGV[2] * (sum(KEYS[2], firstWhole) + ARGV[6]))
if taken + 1 > limit then
  return { 0, now }
end
redis.call('HINCRBY', KEYS[1], string.format('%d', math.floor(now / 1000)), 1)
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return { 1, now }
