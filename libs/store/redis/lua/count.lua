-- Takes points of one window, which begins with its first ones; a refusal takes nothing.
-- KEYS[1] window  STRING points used, expires with the window
-- ARGV[1] points, negative: given back   ARGV[2] length of a window (s)   ARGV[3] limit
-- Returns {points used with these, ms until the window ends}; more than the limit: refused.
local points = tonumber(ARGV[1])
local left = redis.call('PTTL', KEYS[1])
local open = left > 0
local used = open and tonumber(redis.call('GET', KEYS[1])) or 0
if not open then left = ARGV[2] * 1000 end
if points < 0 then
  if not open then return { 0, 0 } end
  points = math.max(points, -used)
end
if used + points > tonumber(ARGV[3]) then return { used + points, left } end
if open then
  redis.call('INCRBY', KEYS[1], string.format('%.0f', points))
else
  redis.call('SET', KEYS[1], string.format('%.0f', points), 'EX', ARGV[2])
end
return { used + points, left }
