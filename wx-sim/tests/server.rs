//! The simulated service, called by hand-written requests.

#[cfg(test)]
#[path = "server/canonical.rs"]
mod canonical;
#[cfg(test)]
#[path = "server/client.rs"]
mod client;
#[cfg(test)]
#[path = "server/deeds.rs"]
mod deeds;
#[cfg(test)]
#[path = "server/garbage.rs"]
mod garbage;
#[cfg(test)]
#[path = "server/login.rs"]
mod login;
#[cfg(test)]
#[path = "server/refusals.rs"]
mod refusals;
#[cfg(test)]
#[path = "server/remarks.rs"]
mod remarks;
#[cfg(test)]
#[path = "server/walk.rs"]
mod walk;
