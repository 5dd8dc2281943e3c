"""Who is paid and where: kinds of details, validation, sealing at rest, masking. Not: sending. No tables."""
