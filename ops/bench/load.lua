-- wrk's script: requests with one credential after the other, all built beforehand.
-- Arguments after `--`: the path, and a file with one header line per credential.
local requests, position = {}, 0

function init(arguments)
    for line in io.lines(arguments[2]) do
        local name, value = line:match("^([^:]+): (.*)$")
        local headers = { [name] = value, ["Host"] = "plant.example", ["User-Agent"] = "bench",
            ["Accept"] = "application/json" }
        requests[#requests + 1] = wrk.format("GET", arguments[1] .. "?page=" .. (#requests % 10), headers)
    end
end

function request()
    position = position % #requests + 1
    return requests[position]
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        'RESULT {"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"refused":%d,"failed":%d}\n',
        summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), errors.status,
        errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
