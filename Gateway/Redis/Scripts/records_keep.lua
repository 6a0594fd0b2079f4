-- Keeps what became of requests, and lets go of what is too old or too much.
--
-- KEYS[1]  records by request ID    KEYS[2]  the IDs by the millisecond in which they were kept
-- KEYS[3]  bytes of all records
-- ARGV[1]  most records    ARGV[2]  most bytes    ARGV[3]  how long, in milliseconds    ARGV[4...]  ID and record
-- Reply    1
-- Three keys of one tag, and no more than 1,000 records let go at a time: bounds that were lowered take effect over
-- the next calls.
local call = redis.call
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local bytes = tonumber(call('GET', KEYS[3]) or 0)
local function drop(id)
  bytes = bytes - call('HSTRLEN', KEYS[1], id)
  call('HDEL', KEYS[1], id)
  call('ZREM', KEYS[2], id)
end
for i = 4, #ARGV, 2 do
  drop(ARGV[i])
  call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  call('ZADD', KEYS[2], now, ARGV[i])
  bytes = bytes + #ARGV[i + 1]
end
local old = call('ZRANGE', KEYS[2], '-inf', now - ARGV[3], 'BYSCORE', 'LIMIT', 0, 1000)
for _, id in ipairs(old) do drop(id) end
local over = math.min(1000, call('ZCARD', KEYS[2]) - ARGV[1])
if over > 0 then
  for _, id in ipairs(call('ZRANGE', KEYS[2], 0, over - 1)) do drop(id) end
end
local dropped = 0
while bytes > tonumber(ARGV[2]) and dropped < 1000 do
  local first = call('ZRANGE', KEYS[2], 0, 0)[1]
  if not first then break end
  drop(first)
  dropped = dropped + 1
end
call('SET', KEYS[3], string.format('%d', bytes))
for i = 1, 3 do call('PEXPIRE', KEYS[i], ARGV[3]) end
return 1
