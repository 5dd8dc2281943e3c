-- wrk's requests: each a create with a key of its own, an account of its own among a hundred thousand, an amount of its own.
-- Arguments: the shape of the body (nested: ours; flat: the peers'), the path, a prefix for the keys, and an API key or "-".
local ACCOUNTS = 100000

local function check_digits(bban)
  -- ISO 13616: the national part, the country's letters as numbers (DE: 1314), 00, modulo 97.
  local rest = 0
  for digit in (bban .. "131400"):gmatch("%d") do
    rest = (rest * 10 + tonumber(digit)) % 97
  end
  return string.format("%02d", 98 - rest)
end

local bodies = {
  nested = '{"amount":"%d.%02d","currency":"EUR","recipient_details":{"kind":"iban","name":"Ada Lovelace","iban":"%s"},"comment":"Invoice %d"}',
  flat = '{"amount":"%d.%02d","currency":"EUR","name":"Ada Lovelace","iban":"%s","comment":"Invoice %d"}',
}
local body, path, prefix, headers, counter

function init(args)
  body, path, prefix = bodies[args[1]], args[2], args[3]
  counter = tonumber(prefix:sub(1, 8), 16) % ACCOUNTS  -- Each run begins with other accounts.
  headers = { ["Content-Type"] = "application/json" }
  if args[4] ~= "-" then
    headers["Authorization"] = "Bearer " .. args[4]
  end
end

function request()
  counter = counter + 1
  headers["Idempotency-Key"] = prefix .. counter
  local bban = "37040044" .. string.format("%010d", counter % ACCOUNTS * 4999)
  local iban = "DE" .. check_digits(bban) .. bban
  return wrk.format("POST", path, headers, body:format(counter % 900 + 1, counter % 100, iban, counter))
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"microseconds":%d,"refused":%d,"broken":%d,"p50":%d,"p99":%d}\n',
    summary.requests, summary.duration, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)
  ))
end
