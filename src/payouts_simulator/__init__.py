"""The simulated provider: a small bank of its own, in a process of its own, with books that survive ``kill -9``.

It knows nothing of the service: it imports none of its code and speaks to it over HTTP alone. It remembers every
reference for ever, pays once for each, and can be told, payment by payment, how to behave::

    payouts-simulator --port 8099 --books books.sqlite

Interface
---------

``POST /payments`` takes ``{"reference", "amount", "currency", "recipient": {"kind", …}, "metadata": {…}}`` and answers

- 201 with the payment where it is new, 200 where the same request came before (in its present state, never paid twice),
- 422 with the payment where it is rejected,
- 400 ``{"error": {"code": "invalid_request", …}}`` where the body is malformed, and nothing was booked,
- 409 ``{"error": {"code": "reference_reused", …}}`` where the reference came before with another body.

A payment is ``{"reference", "provider_reference", "amount", "currency", "status", "rejection"}``; its status is
``accepted``, ``confirmed`` or ``rejected``; ``rejection`` is null or ``{"code", "message"}``.

``GET /payments/{reference}`` answers 200 with the payment, or 404
``{"error": {"code": "unknown_reference", "reference", …}}``. A payment is visible as soon as it is booked, which is
within 5 seconds of its arrival.

``GET /books?after=0&limit=1000`` lists the effects: each row is money that really left, in the order of booking.
``GET /books/summary`` counts them and adds them up. ``GET /health`` says that the books can be read.

Scenarios
---------

The pair ``simulator`` of a payment's metadata says what becomes of it; without one, its amount may; else it confirms.

====================================  ==================================================================================
``simulator``                         What happens
====================================  ==================================================================================
``confirm``                           Confirmed at once. The default.
``reject``                            Rejected at once, code ``refused``.
``reject:CODE``                       Rejected at once with one of the codes below.
``delay:S``                           Accepted; confirmed after S seconds, when the money leaves.
``delay:S:reject`` or ``…:CODE``      Accepted; rejected after S seconds.
``hang``                              Booked, but the answer never comes: the connection is reset after 60 seconds.
``lose``                              Booked, but the connection is reset instead of an answer.
``hang:…``, ``lose:…``                The same with any of the other words after it: ``lose:delay:3:reject``.
====================================  ==================================================================================

A fault of the answer (``hang``, ``lose``) strikes the first ``POST`` of a reference only; asking again is answered.
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
===========  ============================================
"""
