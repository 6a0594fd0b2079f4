-- Puts an override in force for a while.
--
-- KEYS[1]  the overrides by their targets: `SET UNTIL JSON`, moments in microseconds since 1970
-- ARGV[1]  the target    ARGV[2]  JSON    ARGV[3]  for how long, in microseconds    ARGV[4]  most targets
-- Reply    `SET UNTIL`; an empty text where there are as many others already
-- One key. Those that have ended go first.
local call = redis.call
local time = call('TIME')
local now = time[1] * 1000000 + time[2]
local others, last = 0, now + ARGV[3]
local all = call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local ends = tonumber(string.match(all[i + 1], '^%d+ (%d+) ') or 0)
  if ends <= now then
    call('HDEL', KEYS[1], all[i])
  elseif all[i] ~= ARGV[1] then
    others = others + 1
    if ends > last then last = ends end
  end
end
if others >= tonumber(ARGV[4]) then return '' end
local times = string.format('%d %d', now, now + ARGV[3])
call('HSET', KEYS[1], ARGV[1], times .. ' ' .. ARGV[2])
call('PEXPIRE', KEYS[1], string.format('%d', (last - now) / 1000 + 1))
return times
