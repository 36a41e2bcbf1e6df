//! The simulated service, called by hand-written requests.

#[cfg(test)]
#[path = "server/announcements.rs"]
mod announcements;
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
#[path = "server/downloads.rs"]
mod downloads;
#[cfg(test)]
#[path = "server/friends.rs"]
mod friends;
#[cfg(test)]
#[path = "server/garbage.rs"]
mod garbage;
#[cfg(test)]
#[path = "server/login.rs"]
mod login;
#[cfg(test)]
#[path = "server/media.rs"]
mod media;
#[cfg(test)]
#[path = "server/news.rs"]
mod news;
#[cfg(test)]
#[path = "server/refusals.rs"]
mod refusals;
#[cfg(test)]
#[path = "server/remarks.rs"]
mod remarks;
#[cfg(test)]
#[path = "server/requests.rs"]
mod requests;
#[cfg(test)]
#[path = "server/revokes.rs"]
mod revokes;
#[cfg(test)]
#[path = "server/sends.rs"]
mod sends;
#[cfg(test)]
#[path = "server/store.rs"]
mod store;
#[cfg(test)]
#[path = "server/uploads.rs"]
mod uploads;
#[cfg(test)]
#[path = "server/walk.rs"]
mod walk;
