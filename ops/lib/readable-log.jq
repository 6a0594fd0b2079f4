# One line of a program's JSON log as a line for people; what is not JSON passes as it is.
# Arguments: $name, the program.

def clock: (.time // .timestamp // "") | tostring | if test("T") then split("T")[1][:12] else . end;

def request:
    [ (.status | tostring), .method, .path,
      (if .ms != null then "\(.ms) ms" else empty end),
      .user, .code, .request_id
    ] | map(select(. != null and . != "")) | join("  ");

def event:
    [ (.level // "info" | ascii_downcase), (.message // .msg // ""),
      ( del(.time, .timestamp, .level, .message, .msg, .label, .logger, .source)
        | to_entries[] | "\(.key)=\(.value | if type == "string" then . else tojson end)" )
    ] | join("  ");

. as $line
| (try fromjson catch null)
| if type == "object" then "\($name)  \(clock)  \(if has("status") and has("method") then request else event end)"
  else "\($name)  \($line)" end
