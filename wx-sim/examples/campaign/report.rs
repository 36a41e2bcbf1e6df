//! What is counted, and what was found wrong.

use std::{collections::BTreeMap, fmt, time::Duration};

use wx_proto::EndCause;

/// What must never happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A message never reached the application.
    Lost,
    /// A message came again to one process, or although it had been acknowledged and that was saved.
    Again,
    /// A message came after a later one of its chat.
    Order,
    /// What a message brought is not what was sent.
    Corrupt,
    /// The service has twice what was said once, or did twice what was asked for once.
    Doubled,
    /// What was said is in another chat.
    Astray,
    /// An application was told something else than what happened.
    Untrue,
    /// A command did not complete exactly once.
    Command,
    /// The client broke its contract with whoever drives it.
    Contract,
    /// The client holds more than it may.
    Memory,
    /// Without faults a session is not online, and has not said why.
    Stuck,
    /// A session ended for no good reason.
    End,
    /// The client asks more often than anybody may.
    Haste,
    /// What was written down of a session is of no use, or gives somebody away.
    Record,
    /// A secret was written down.
    Leak,
    /// Something panicked.
    Panic,
}

impl Kind {
    pub(crate) const ALL: [Self; 16] = [
        Self::Lost,
        Self::Again,
        Self::Order,
        Self::Corrupt,
        Self::Doubled,
        Self::Astray,
        Self::Untrue,
        Self::Command,
        Self::Contract,
        Self::Memory,
        Self::Stuck,
        Self::End,
        Self::Haste,
        Self::Record,
        Self::Leak,
        Self::Panic,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Lost => "lost messages",
            Self::Again => "messages that came again",
            Self::Order => "messages out of order",
            Self::Corrupt => "messages that were changed",
            Self::Doubled => "doubled sends and deeds",
            Self::Astray => "sends to a wrong chat",
            Self::Untrue => "untrue completions",
            Self::Command => "commands without one end",
            Self::Contract => "breaches of contract",
            Self::Memory => "memory beyond bounds",
            Self::Stuck => "stuck sessions",
            Self::End => "ends without need",
            Self::Record => "useless recordings",
            Self::Haste => "requests in haste",
            Self::Leak => "secrets in logs",
            Self::Panic => "panics",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Violation {
    pub(crate) kind: Kind,
    pub(crate) bot: usize,
    pub(crate) text: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: session {}: {}",
            self.kind.name(),
            self.bot,
            self.text
        )
    }
}

/// Of one world, or of many.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    pub(crate) worlds: u64,
    pub(crate) sessions: u64,
    pub(crate) long_sessions: u64,
    /// Over all sessions.
    pub(crate) virtual_time: Duration,
    pub(crate) messages: u64,
    pub(crate) commands: u64,
    pub(crate) requests: u64,
    /// Messages that a client gave up after it had told of a gap: the service would not show them.
    pub(crate) given_up: u64,
    /// The most requests, and polls, of one client within a minute.
    pub(crate) most: (usize, usize),
    /// Clients of which everything was written down.
    pub(crate) recorded: u64,
    /// Bytes of logs that were searched.
    pub(crate) log: u64,
    pub(crate) faults: BTreeMap<&'static str, u64>,
    pub(crate) ends: BTreeMap<String, u64>,
    pub(crate) violations: Vec<Violation>,
}

impl Report {
    pub(crate) fn fault(&mut self, name: &'static str, times: u64) {
        if times > 0 {
            *self.faults.entry(name).or_default() += times;
        }
    }

    pub(crate) fn end(&mut self, cause: &EndCause) {
        // The name alone: what is in it has its place elsewhere.
        let name = format!("{cause:?}");
        let name = name.split(['(', ' ', '{']).next().unwrap_or_default();
        *self.ends.entry(name.to_owned()).or_default() += 1;
    }

    /// So many requests and polls were the most of a client within a minute.
    pub(crate) fn most(&mut self, most: (usize, usize)) {
        let (requests, polls) = self.most;
        self.most = (requests.max(most.0), polls.max(most.1));
    }

    pub(crate) fn violation(&mut self, kind: Kind, bot: usize, text: String) {
        self.violations.push(Violation { kind, bot, text });
    }

    pub(crate) fn count(&self, kind: Kind) -> usize {
        let of_kind = |it: &&Violation| it.kind == kind;
        self.violations.iter().filter(of_kind).count()
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.worlds += other.worlds;
        self.sessions += other.sessions;
        self.long_sessions += other.long_sessions;
        self.virtual_time += other.virtual_time;
        self.messages += other.messages;
        self.commands += other.commands;
        self.requests += other.requests;
        self.given_up += other.given_up;
        self.log += other.log;
        self.recorded += other.recorded;
        self.most(other.most);
        for (name, times) in other.faults {
            self.fault(name, times);
        }
        for (name, times) in other.ends {
            *self.ends.entry(name).or_default() += times;
        }
        self.violations.extend(other.violations);
    }

    pub(crate) fn print(&self, real: Duration) {
        let days = self.virtual_time.as_secs_f64() / 86_400.0;
        let share = |part: u64, whole: u64| 100.0 * part as f64 / whole.max(1) as f64;
        println!("sessions               {:>12}", self.sessions);
        println!(
            "  of a day or more     {:>12}  ({:.0} %)",
            self.long_sessions,
            share(self.long_sessions, self.sessions)
        );
        println!("worlds                 {:>12}", self.worlds);
        println!("virtual days           {days:>12.0}");
        println!(
            "messages               {:>12}  ({:.0} a session)",
            self.messages,
            self.messages as f64 / self.sessions.max(1) as f64
        );
        println!("commands               {:>12}", self.commands);
        println!("requests               {:>12}", self.requests);
        println!("  most within a minute {:>12}", self.most.0);
        println!("  polls within one     {:>12}", self.most.1);
        println!("clients written down   {:>12}", self.recorded);
        println!("log searched, MB       {:>12}", self.log >> 20);
        println!("\nfaults, hit");
        for (name, times) in &self.faults {
            println!("  {name:<28} {times:>10}");
        }
        println!("\nends of clients, crashes aside");
        for (name, times) in &self.ends {
            println!("  {name:<28} {times:>10}");
        }
        println!("\ngiven up after a gap     {:>10}", self.given_up);
        println!("\nviolations");
        for kind in Kind::ALL {
            println!("  {:<28} {:>10}", kind.name(), self.count(kind));
        }
        println!(
            "\nvirtual / real time    {:>12.0}  ({:.0} s)",
            self.virtual_time.as_secs_f64() / real.as_secs_f64().max(0.001),
            real.as_secs_f64()
        );
    }
}
