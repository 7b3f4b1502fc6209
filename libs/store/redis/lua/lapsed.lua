-- Names the holders whose lease has lapsed.
-- KEYS[1] leases  ZSET holder -> expiry (ms)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)
