"""The simulated provider: a small bank of its own, in a process of its own, with books that survive ``kill -9``.

It knows nothing of the service: it imports none of its code and speaks to it over HTTP alone. It pays once for each
reference that it remembers, and can be told to misbehave in every way that providers do: payment by payment, or by the
throw of seeded dice. Its books say what was really paid::

    payouts-simulator --port 8099 --books books.sqlite --personality lossy --seed 1

Payments
--------

``POST /payments`` takes ``{"reference", "amount", "currency", "recipient": {"kind", …}, "metadata": {…}}`` and answers

- 201 with the payment where it is new, 200 where the same request came before (in its present state, never paid twice),
- 422 with the payment where it is rejected,
- 400 ``{"error": {"code": "invalid_request", …}}`` where the body is malformed, and nothing was booked,
- 409 ``{"error": {"code": "reference_reused", …}}`` where the reference came before with another body.

A payment is ``{"reference", "provider_reference", "amount", "currency", "status", "rejection", "fee"}``; its status is
``accepted``, ``confirmed``, ``rejected`` or ``returned`` (it was confirmed, and the money came back); ``rejection`` is
null or ``{"code", "message"}``; ``fee`` is null or an amount in the payment's currency.

``GET /payments/{reference}`` answers 200 with the payment, or 404
``{"error": {"code": "unknown_reference", "reference", …}}``. Promised, and kept unless a scenario says otherwise: a
payment is visible within 5 seconds of its arrival, and a reference is remembered for ever.

Callbacks
---------

Where a URL for them is set, the bank posts ``{"id", "type", "timestamp", "data": {"reference", "provider_reference",
"amount", "currency", "rejection"}}`` to it. The type is ``payment.confirmed``, ``payment.rejected`` or
``payment.returned``. The headers are those of Standard Webhooks: ``webhook-id`` (the event's id), ``webhook-timestamp``
(Unix seconds) and ``webhook-signature``: ``v1,`` and the base64 of HMAC-SHA256 over ``id.timestamp.body``, keyed with
the secret's UTF-8. What is not answered with 2xx within 5 seconds is sent again after 0.5, 2, 5, 15 and 60 seconds,
then given up. Callbacks wait in the books, so that a killed bank sends them when it is back.

Books
-----

``GET /`` shows them to people; double payments are red. ``GET /books?after=0&limit=1000`` lists the effects: each row
is money that really left, in the order of booking. In the same way ``/books/returns`` lists the money that came back,
``/books/requests`` how often each reference was submitted and asked for and which scenario it met, ``/books/callbacks``
what was sent and what came of it; ``reference=`` chooses. ``/books/summary`` counts and adds up. ``GET /health`` says
that the books can be read.

Scenarios
---------

A scenario is some of these words, joined by colons in any order: ``lose:hide:3:delay:1:reject:compliance``. The
``simulator`` of a payment's metadata is one; without it, its amount may stand for one; else the personality throws.

====================================  ==================================================================================
Word                                  What happens
====================================  ==================================================================================
``confirm``                           Confirmed at once. So is a scenario that says nothing else.
``reject`` or ``reject:CODE``         Rejected with one of the codes below; ``refused`` if none is named.
``delay:S``                           Accepted; ended after S seconds, and only then does the money leave.
``fee:A``                             The bank charges this amount beside the payment, and says so in its answers.
``return:S``                          The money comes back S seconds after the confirmation.
``contradict:S``                      S seconds after the confirmation the bank says rejected. The money has left.
``hide:S``                            An inquiry answers 404 until S seconds after the booking.
``forget:S``                          S seconds after the booking the reference is as good as new: a resend pays again.
====================================  ==================================================================================

One of these may strike the answer. The first ``POST`` of a reference meets it; asking again is answered.

====================================  ==================================================================================
Word                                  What happens
====================================  ==================================================================================
``lose``, ``lose_unbooked``           The connection is reset instead of an answer: after the booking, or before it.
``hang``                              Booked, but the answer never comes: the connection is reset after 60 seconds.
``error``, ``error_unbooked``         500 is answered: after the booking, or without one.
``error_for_ever``                    Booked, and each ``POST`` of the reference is answered with that same 500.
``throttle``, ``throttle_unbooked``   429 is answered: after the booking, or without one.
``drip``                              Booked; the true answer comes byte by byte, and takes more than half a minute.
====================================  ==================================================================================

Any of these may befall the callbacks.

====================================  ==================================================================================
Word                                  What happens
====================================  ==================================================================================
``early``                             A callback is sent and answered before the answer to ``POST`` goes out.
``thrice``                            Each event is sent three times.
``reversed``                          Where there are two events, the second is sent and answered before the first.
``forged``                            Somebody who does not know the secret sends the opposite as well.
====================================  ==================================================================================

Codes: ``recipient_details_invalid``, ``recipient_account_closed``, ``recipient_unreachable``,
``unsupported_recipient``, ``amount_out_of_range``, ``insufficient_funds``, ``compliance``, ``refused``. A scenario that
cannot be read is itself rejected, code ``unknown_scenario``.

===========  ============================================
Amount       The same as
===========  ============================================
``9999.01``  ``reject:recipient_account_closed``
``9999.02``  ``reject:recipient_details_invalid``
``9999.03``  ``reject:insufficient_funds``
``9999.04``  ``reject:compliance``
``9999.05``  ``delay:3``
``9999.06``  ``delay:3:reject:recipient_unreachable``
``9999.07``  ``lose``
``9999.08``  ``hang``
``9999.09``  ``error``
``9999.10``  ``error_unbooked``
``9999.11``  ``hide:3``
``9999.12``  ``return:3``
``9999.13``  ``contradict:3``
===========  ============================================

Personality
-----------

A payment that asks for nothing gets its scenario from the dice: each word has a rate, and the seed with the number of
the reference (in the order in which the bank first heard of them) decides. ``lossy``, the default, loses one answer in
six; ``calm`` none; ``wild`` does a little of everything, save ``forget``.

``GET /control`` shows ``{"personality", "seed", "rates", "seconds", "latency_seconds", "outage", "callback_url"}``.
``POST /control`` with some of these changes them until the process ends: a personality brings its rates; ``rates``
and ``seconds``, by word, are set beside the others. ``outage`` (``error``, ``throttle``, ``lose`` or ``hang``) strikes
every request about payments, books none of them, and ends with null.
"""
