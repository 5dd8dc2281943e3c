-- wrk's requests: each a create with a key of its own, an account of its own among two thousand, an amount of its own.
-- Arguments: the shape of the body (nested: ours; flat: the peers'), the path, a prefix for the keys, and an API key or "-".
local ACCOUNTS = 2000

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
local ibans, counter = {}, 0
local body, path, prefix, headers

function init(args)
  body, path, prefix = bodies[args[1]], args[2], args[3]
  headers = { ["Content-Type"] = "application/json" }
  if args[4] ~= "-" then
    headers["Authorization"] = "Bearer " .. args[4]
  end
  for number = 1, ACCOUNTS do
    local bban = "37040044" .. string.format("%010d", number * 4999)
    ibans[number] = "DE" .. check_digits(bban) .. bban
  end
end

function request()
  counter = counter + 1
  headers["Idempotency-Key"] = prefix .. counter
  local iban = ibans[counter % ACCOUNTS + 1]
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
