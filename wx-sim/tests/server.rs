//! The simulated service, called by hand-written requests.

#[cfg(test)]
#[path = "server/announcements.rs"]
mod announcements;
#[cfg(test)]
#[path = "server/befriend.rs"]
mod befriend;
#[cfg(test)]
#[path = "server/canonical.rs"]
mod canonical;
#[cfg(test)]
#[path = "server/cast.rs"]
mod cast;
#[cfg(test)]
#[path = "server/client.rs"]
mod client;
#[cfg(test)]
#[path = "server/deeds.rs"]
mod deeds;
#[cfg(test)]
#[path = "server/door.rs"]
mod door;
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
#[path = "server/hosts.rs"]
mod hosts;
#[cfg(test)]
#[path = "server/login.rs"]
mod login;
#[cfg(test)]
#[path = "server/marks.rs"]
mod marks;
#[cfg(test)]
#[path = "server/masked.rs"]
mod masked;
#[cfg(test)]
#[path = "server/media.rs"]
mod media;
#[cfg(test)]
#[path = "server/news.rs"]
mod news;
#[cfg(test)]
#[path = "server/push.rs"]
mod push;
#[cfg(test)]
#[path = "server/refusals.rs"]
mod refusals;
#[cfg(test)]
#[path = "server/remarks.rs"]
mod remarks;
#[cfg(test)]
#[path = "server/reports.rs"]
mod reports;
#[cfg(test)]
#[path = "server/requests.rs"]
mod requests;
#[cfg(test)]
#[path = "server/revokes.rs"]
mod revokes;
#[cfg(test)]
#[path = "server/rooms.rs"]
mod rooms;
#[cfg(test)]
#[path = "server/secrets.rs"]
mod secrets;
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
