//! Whom the driver trusts, and which way it goes.
