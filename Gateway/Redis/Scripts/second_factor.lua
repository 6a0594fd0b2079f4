-- Keeps an account's second factor, and lets each of its codes be used once.
--
-- KEYS[1]  the account's record
-- ARGV[1]  offer: keep ARGV[3], a sealed secret, until it is confirmed; it may be for ARGV[4] microseconds
--          confirm: ARGV[3] is the secret that was offered; if its time is not over it counts from now on, with
--          ARGV[4], the step whose code proved it, and ARGV[5], the digests of recovery codes with spaces between them
--          step: use the code of step ARGV[3], if it is later than any that was used
--          recovery: use the recovery code whose digest is ARGV[3]
--          nothing: change nothing
--          remove: forget all of it
-- ARGV[2]  the account's ID
-- Reply    1 where that was possible, otherwise 0
-- One key, compared and written in one step, by the server's own clock. Every verb reads the same.
local found = redis.call('HMGET', KEYS[1], 'id', 'totp', 'totp_step', 'totp_recovery', 'totp_offer', 'totp_offer_ends')
local verb, id = ARGV[1], ARGV[2]
if found[1] ~= id then return 0 end
local function now()
    local time = redis.call('TIME')
    return time[1] * 1000000 + time[2]
end
if verb == 'offer' then
    redis.call('HSET', KEYS[1], 'totp_offer', ARGV[3], 'totp_offer_ends', string.format('%.0f', now() + ARGV[4]))
    return 1
elseif verb == 'confirm' then
    -- An offer without an end was made by an older gateway: it is over.
    if found[5] ~= ARGV[3] or now() >= tonumber(found[6] or '0') then return 0 end
    redis.call('HSET', KEYS[1], 'totp', ARGV[3], 'totp_step', ARGV[4], 'totp_recovery', ARGV[5])
    redis.call('HDEL', KEYS[1], 'totp_offer', 'totp_offer_ends')
    return 1
elseif verb == 'remove' then
    local fields = {'totp', 'totp_step', 'totp_recovery', 'totp_offer', 'totp_offer_ends'}
    return redis.call('HDEL', KEYS[1], unpack(fields)) > 0 and 1 or 0
end
if not found[2] then return 0 end
if verb == 'step' then
    if tonumber(ARGV[3]) <= tonumber(found[3] or '0') then return 0 end
    redis.call('HSET', KEYS[1], 'totp_step', ARGV[3])
    return 1
elseif verb == 'recovery' then
    local left, isThere = {}, 0
    for digest in string.gmatch(found[4] or '', '%S+') do
        if digest == ARGV[3] then isThere = 1 else left[#left + 1] = digest end
    end
    if isThere == 1 then redis.call('HSET', KEYS[1], 'totp_recovery', table.concat(left, ' ')) end
    return isThere
end
return 0
