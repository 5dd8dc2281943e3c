"""The Payouts Service: payout requests over HTTP, processed asynchronously."""
