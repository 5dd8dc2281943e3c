"""The operators' console: web pages over the services and queries of the API, without an ORM and without rules.

How a page is made:

1. A question in the package's ``queries.py``, a verb in its ``services.py``; the console imports no ``models``.
2. A view, a function of ``ConsoleRequest`` in a file named by its subject, behind ``@page(scope)`` of ``doors.py``:
   there ``request.caller`` (``people.sessions.Access``) says who it is, for which tenant, and what they may do.
3. A line in ``urls.py``; a place in ``navigation.py`` where the page belongs into the menu.
4. A template that extends ``console/base.html`` and is shown by ``rendering.show``. Texts by ``{% t "English" %}``,
   codes (statuses, roles …) by ``{% term code %}``, ``{% moment %}``, ``{% money %}``, ``{% icon %}``: all of
   ``{% load console %}``. No inline style or script: ``policy.py`` lets none run.
5. The Russian of each text in a file of ``texts/``; a test finds what is missing, and what nobody says any more.
6. A form has ``form_token.html`` and is a POST behind ``@page(scope, methods=("POST",))``: one call of a service,
   then ``notices.add`` and a redirect; a refusal comes back as ``errors.said`` in the same form. A field
   begins ``<input {% field "name" errors.name %}`` and ends with ``{% wrong "name" errors.name %}``, so that whoever
   hears the page hears what is wrong with it. ``confirm.html`` asks for a reason.
7. A test without a browser in ``tests/console``, and a line in ``tests/console/browser/pages.py``: it is then looked at
   by axe in both themes, both languages and two widths.
"""
