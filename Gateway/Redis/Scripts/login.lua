-- Counts wrong passwords: of one account from one address prefix (a pair) or from one known device, of one
-- prefix over all accounts, of one account from anywhere, and of one account in a row from unknown devices.
--
-- KEYS[1] pair  KEYS[2] prefix  KEYS[3] account  KEYS[4] device: their counters  KEYS[5] the account's streak
-- KEYS[6]  the names that have a counter with this prefix    KEYS[7] what has a counter with this account
-- KEYS[8]  the locks in force       KEYS[9] the moment before which no device of this account is known
-- ARGV[1]  begin: refuse the attempt, or count it as a failure before it is evaluated
--          clear: it succeeded; forget pair or device and the streak, take it back from prefix and account
--          undo: it was not evaluated; take it back from all
--          fail: it failed; what begin did stays     keep: it was refused; nothing was counted
-- ARGV[2]  the pair's failures that lock it    ARGV[3] their window    ARGV[4] first lock    ARGV[5] longest
-- ARGV[6]  the prefix's failures    ARGV[7] their window, and the lock
-- ARGV[8]  the account's failures    ARGV[9] their window, and the restriction    ARGV[10] the longest streak
-- ARGV[11] names that a prefix may have counters with    ARGV[12] for how long a device is known
-- ARGV[13] 1 where there is such an account; begin does not know and says 0
-- ARGV[14] prefix    ARGV[15] account    ARGV[16] device, empty for none    ARGV[17] when it became known
-- Reply    for begin {verdict, 1 where the device is known, now, began}, otherwise {0, 0, now, 0}; the verdict is 0,
--          or why it is refused: 1 pair, 2 prefix, 3 account, 4 streak, 5 device. Locks that begin unless the
--          attempt succeeds are bits of began: the first for the pair, and so on
--
-- Times are in microseconds. A known device is held to its own counter alone; everybody else to the others.
-- A counter is text: LEVEL SINCE UNTIL FAILURES and the moments of the failures that count. LEVEL is how many
-- locks have followed one another, each within a day of the last one's end; SINCE, UNTIL and FAILURES are the
-- last lock's. A streak is LENGTH SINCE: SINCE is when it became too long. LoginCounter.swift is the twin.
-- Every attempt reads and writes all keys, whatever becomes of it, so that its time tells nothing. All keys
-- hash to one slot, and everything here is one step.
local HOUR, DAY, NEVER = 3600000000, 86400000000, 9007199254740991
local PLACES = 10000
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local verb, exists = ARGV[1], ARGV[13] == '1'
local prefix, account, device = ARGV[14], ARGV[15], ARGV[16]
local arg = {}
for i = 2, 12 do arg[i] = tonumber(ARGV[i]) end

local function numbers(key)
    local words = {}
    for word in string.gmatch(redis.call('GET', key) or '', '%d+') do words[#words + 1] = tonumber(word) end
    return words
end

local function fresh() return { level = 0, since = 0, ends = 0, failures = 0, moments = {} } end

local function read(key, window, memory)
    local counter, words = fresh(), numbers(key)
    if #words < 4 then return counter end
    if words[3] + memory > now then
        counter.level, counter.since, counter.ends, counter.failures = words[1], words[2], words[3], words[4]
    end
    for i = 5, #words do
        -- What led to a lock that is over has been paid for.
        local counts = words[i] > now - window and (words[i] > words[2] or words[3] > now)
        if counts then counter.moments[#counter.moments + 1] = words[i] end
    end
    return counter
end

local function count(counter, threshold, first, longest)
    counter.moments[#counter.moments + 1] = now
    if #counter.moments < threshold then return end
    counter.level = counter.level + 1
    counter.since = now
    counter.ends = now + math.min(first * 2 ^ math.min(counter.level - 1, 20), longest)
    counter.failures = #counter.moments
end

local function undo(counter)
    local last = table.remove(counter.moments)
    if last and last == counter.since and counter.ends > now then
        counter.level = counter.level - 1
        counter.since, counter.failures = 0, 0
        counter.ends = counter.level > 0 and now or 0
    end
end

-- Whether an index has a place for `member`. What has no place is refused, so nothing is pushed out.
local function has_place(index, member, places)
    redis.call('ZREMRANGEBYSCORE', index, '-inf', now)
    local is_there = redis.call('ZSCORE', index, member)
    return redis.call('ZCARD', index) < places or is_there
end

local function mark(index, member, score)
    local lifetime = redis.call('PTTL', index)
    redis.call('ZADD', index, score, member)
    if score == NEVER then
        redis.call('PERSIST', index)
    elseif lifetime ~= -1 and lifetime < math.ceil((score - now) / 1000) then
        redis.call('PEXPIRE', index, math.ceil((score - now) / 1000))
    end
end

-- Marks or unmarks a lock. The index is for operators: a lock that has no place in it holds all the same.
local function lock(member, ends)
    redis.call('ZREMRANGEBYSCORE', KEYS[8], '-inf', now)
    if ends > now then
        mark(KEYS[8], member, ends)
        redis.call('ZREMRANGEBYRANK', KEYS[8], 0, -1 - PLACES)
    else
        redis.call('ZREM', KEYS[8], member)
    end
end

-- Writes a counter; answers when it expires, or 0 where it has nothing to say.
local function write(key, counter, window, memory, member)
    lock(member, counter.ends)
    local expires = counter.level > 0 and counter.ends + memory or 0
    local last = counter.moments[#counter.moments]
    if last then expires = math.max(expires, last + window) end
    if expires <= now then
        redis.call('DEL', key)
        return 0
    end
    local words = { counter.level, counter.since, counter.ends, counter.failures }
    for _, moment in ipairs(counter.moments) do words[#words + 1] = moment end
    for i, word in ipairs(words) do words[i] = string.format('%.0f', word) end
    redis.call('SET', key, table.concat(words, ' '), 'PX', math.ceil((expires - now) / 1000))
    return expires
end

-- A streak of an account that exists stays until it is broken; one of a name that nobody has stays for an hour
-- after what it last counted. Answers when it expires, or 0 where it does not or there is none.
local function write_streak(streak)
    local lifetime = redis.call('PTTL', KEYS[5])
    local stays = exists or lifetime == -1
    if lifetime < 0 or streak.counts then lifetime = HOUR / 1000 end
    local expires = now + lifetime * 1000
    lock('! ' .. account, streak.length >= arg[10] and (stays and NEVER or expires) or 0)
    if streak.length == 0 then
        redis.call('DEL', KEYS[5])
        return 0
    end
    local text = string.format('%.0f %.0f', streak.length, streak.since)
    if stays then
        redis.call('SET', KEYS[5], text)
        return 0
    end
    redis.call('SET', KEYS[5], text, 'PX', lifetime)
    return expires
end

local function index(key, member, expires)
    if expires > now then mark(key, member, expires) else redis.call('ZREM', key, member) end
end

local pair = read(KEYS[1], arg[3], DAY)
local address = read(KEYS[2], arg[7], 0)
local named = read(KEYS[3], arg[9], 0)
local held = read(KEYS[4], arg[3], DAY)
local words = numbers(KEYS[5])
local streak = { length = words[1] or 0, since = words[2] or 0 }
local since = tonumber(ARGV[17]) or 0
local revoked = tonumber(redis.call('GET', KEYS[9]) or '0')
local is_known = device ~= '' and (verb ~= 'begin' or (since >= revoked and since + arg[12] > now))

local verdict = 0
local began = 0
if verb == 'begin' then
    local is_heard = has_place(KEYS[6], account, arg[11])
    local is_placed = has_place(KEYS[7], prefix, PLACES)
    if is_known then
        if held.ends > now then verdict = 5 end
    elseif pair.ends > now then verdict = 1
    elseif address.ends > now or not is_heard then verdict = 2
    elseif named.ends > now or not is_placed then verdict = 3
    elseif streak.length >= arg[10] then verdict = 4
    end
    if verdict == 0 and is_known then
        count(held, arg[2], arg[4], arg[5])
    elseif verdict == 0 then
        count(pair, arg[2], arg[4], arg[5])
        count(address, arg[6], arg[7], arg[7])
        count(named, arg[8], arg[9], arg[9])
        streak.length = streak.length + 1
        streak.counts = true
        if streak.length >= arg[10] then streak.since = now end
    end
    for place, lock in ipairs({ pair, address, named, streak, held }) do
        if verdict == 0 and lock.since == now then began = began + 2 ^ (place - 1) end
    end
elseif verb == 'clear' then
    if is_known then
        held = fresh()
    else
        pair = fresh()
        undo(address)
        undo(named)
    end
    streak = { length = 0, since = 0 }
elseif verb == 'undo' then
    if is_known then
        undo(held)
    else
        undo(pair)
        undo(address)
        undo(named)
        streak.length = math.max(streak.length - 1, 0)
    end
elseif verb == 'fail' and is_known and named.ends <= now then
    count(named, arg[8], arg[9], arg[9])
end

write(KEYS[2], address, arg[7], 0, prefix)
local pair_expires = write(KEYS[1], pair, arg[3], DAY, prefix .. ' ' .. account)
local name_expires = math.max(write(KEYS[3], named, arg[9], 0, '* ' .. account), write_streak(streak))
local device_expires = write(KEYS[4], held, arg[3], DAY, '@' .. device .. ' ' .. account)
if pair_expires > 0 or verb == 'clear' or verb == 'undo' then
    index(KEYS[6], account, pair_expires > 0 and math.max(pair_expires, name_expires) or 0)
end
index(KEYS[7], prefix, pair_expires)
index(KEYS[7], '@' .. device, device_expires)
return { verdict, verb == 'begin' and is_known and 1 or 0, string.format('%.0f', now), began }
