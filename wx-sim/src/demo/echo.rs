//! One run of an echo bot, from the first event to the last.

use std::{
    io::Write,
    time::{Duration, Instant},
};

use wx_proto::{Close, ContactKind, EndCause, Ended, EventKind, Language, Message, Origin, Roster};

use super::{
    Bot, TimedOut,
    args::{Args, Target},
    escape::Escaped,
    notes::Refused,
    report::{Report, Summary},
};

/// A server that shows no QR code for so long is not there. A script waits 15 s for us to say so.
const NO_CODE: Duration = Duration::from_secs(13);

/// A text that was neither taken nor refused for so long is given up.
const UNSENT: Duration = Duration::from_secs(120);

/// How long the session may take to end.
const CLOSING: Duration = Duration::from_secs(10);

/// What a run came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// All texts were echoed, or the time is over.
    Reached,
    /// The server is not there.
    Unreachable,
    /// It ended before all texts were echoed.
    Ended,
    /// The service does not let this account in.
    Refused,
}

/// A run.
pub(super) struct Echo<'a, B> {
    bot: B,
    args: &'a Args,
    report: &'a mut dyn Report,
    /// For what is no event: notes, warnings, why it ended.
    log: &'a mut dyn Write,
    /// Texts to echo.
    goal: Option<u64>,
    started: Instant,
    until: Option<Instant>,
    /// The server has shown a QR code, asked the phone, or let us in without either.
    is_there: bool,
    trouble: Option<String>,
    ended: bool,
    /// The event at hand is not dealt with, and cannot be any more.
    undone: bool,
    summary: Summary,
}

impl<'a, B: Bot> Echo<'a, B> {
    pub(super) fn new(
        bot: B,
        args: &'a Args,
        report: &'a mut dyn Report,
        log: &'a mut dyn Write,
        goal: Option<u64>,
        limit: Option<Duration>,
    ) -> Self {
        let started = Instant::now();
        Self {
            bot,
            args,
            report,
            log,
            goal,
            started,
            until: limit.map(|limit| started + limit),
            is_there: false,
            trouble: None,
            ended: false,
            undone: false,
            summary: Summary::default(),
        }
    }

    /// Runs to the end and logs out, unless the session is kept.
    pub(super) fn run(mut self) -> (Verdict, Summary) {
        let verdict = self.play();
        if let Some(stats) = self.bot.inspect(|client| client.stats()) {
            self.count(stats);
        }
        self.finish(verdict != Verdict::Unreachable);
        self.bot.closed();
        self.summary.time = self.started.elapsed();
        (verdict, self.summary)
    }

    fn play(&mut self) -> Verdict {
        loop {
            if self.goal.is_some_and(|goal| self.summary.echoed >= goal) {
                return Verdict::Reached;
            }
            let now = Instant::now();
            if self.until.is_some_and(|until| now >= until) {
                return self.time_is_over();
            }
            let no_code = self.started + NO_CODE;
            if !self.is_there && now >= no_code {
                return self.is_not_there(None);
            }
            let mut wake = self.until.unwrap_or(now + UNSENT);
            if !self.is_there {
                wake = wake.min(no_code);
            }
            match self.bot.next(wake - now) {
                Ok(Some(event)) => {
                    let verdict = self.take(&event.kind);
                    // What the session has ended before is for the next one.
                    if !self.undone {
                        self.bot.acknowledge(event.id);
                    }
                    if let Some(verdict) = verdict {
                        return verdict;
                    }
                }
                Ok(None) => {
                    self.note("the session ended without saying why");
                    self.ended = true;
                    return Verdict::Ended;
                }
                Err(TimedOut) => {}
            }
        }
    }

    fn take(&mut self, kind: &EventKind) -> Option<Verdict> {
        self.undone = false;
        // There may be no later look.
        if let Some(stats) = self.bot.inspect(|client| client.stats()) {
            self.count(stats);
        }
        match kind {
            EventKind::Qr(_) | EventKind::PushSent => self.is_there = true,
            EventKind::Trouble(trouble) => {
                self.trouble = Some(format!("{}: {}", trouble.endpoint, trouble));
            }
            EventKind::Online(me) => {
                self.is_there = true;
                self.summary.online = true;
                let contacts = self.bot.inspect(|client| client.roster().len());
                self.report.online(me, contacts.unwrap_or_default());
                self.check_names();
                return None;
            }
            _ => {}
        }
        self.report.event(kind);
        match kind {
            EventKind::Message(message) => {
                if !message.is_own() {
                    *self
                        .summary
                        .received
                        .entry(message.body.kind())
                        .or_default() += 1;
                }
                self.echo(message);
                None
            }
            EventKind::Ended(ended) => {
                self.ended = true;
                Some(self.ended(ended))
            }
            _ => None,
        }
    }

    fn echo(&mut self, message: &Message) {
        let Some(text) = message.text().filter(|text| !text.is_empty()) else {
            return;
        };
        if !self.is_answered(message) {
            return;
        }
        let left = self
            .until
            .map(|until| until.saturating_duration_since(Instant::now()));
        let mut answer = message.reply(text);
        if let (Some(_), Some(id)) = (&self.args.session, &message.id) {
            // What comes again after a crash is not said back again.
            answer = answer.key(format!("echo of {id}"));
        }
        match self.bot.send(answer, left.unwrap_or(UNSENT).min(UNSENT)) {
            Ok(receipt) => {
                self.summary.echoed += 1;
                self.report.sent(message, text, &receipt);
            }
            Err(why) => {
                self.undone = why.is_for_another_time();
                self.summary.failed += 1;
                self.note(&format!("not said back: {}", Escaped(&why.to_string())));
            }
        }
    }

    /// Whether a text is said back. Never this client's own ones: that would not end. The owner's
    /// ones only where nobody else can write, in `filehelper`. Never those of official and special
    /// accounts: they are programs as well.
    fn is_answered(&mut self, message: &Message) -> bool {
        let user_name = message.chat.user_name().to_owned();
        let is_helper = user_name == HELPER;
        let names = self.args.chats.clone();
        let facts = self.bot.inspect(move |client| {
            let roster = client.roster();
            let kind = roster.find(&user_name).map(|contact| contact.kind);
            let kind = kind.unwrap_or_else(|| ContactKind::of(&user_name, 0));
            (
                kind,
                names.iter().any(|name| is_named(roster, name, &user_name)),
            )
        });
        let Some((kind, is_chosen)) = facts else {
            return false;
        };
        let is_live = self.args.target == Target::Live;
        let may_choose = self.args.chats.is_empty();
        if is_helper {
            message.origin == Origin::OwnElsewhere && (is_chosen || (is_live && may_choose))
        } else {
            message.origin == Origin::Other
                && matches!(kind, ContactKind::Person | ContactKind::Room)
                && (is_chosen || (!is_live && may_choose))
        }
    }

    /// A name that does not say which chat is meant is told of, for it is not answered.
    fn check_names(&mut self) {
        for name in self.args.chats.iter().filter(|name| *name != HELPER) {
            let wanted = name.clone();
            let count = self.bot.inspect(move |client| {
                let roster = client.roster();
                if roster.find(&wanted).is_some() {
                    1
                } else {
                    roster.named(&wanted).count()
                }
            });
            match count {
                Some(1) | None => {}
                Some(count) => {
                    let name = Escaped(name);
                    self.note(&format!(
                        "{count} contacts are called {name}, none is answered"
                    ));
                }
            }
        }
    }

    fn ended(&mut self, ended: &Ended) -> Verdict {
        match &ended.cause {
            cause @ EndCause::Refused(_) => {
                if let Some(why) = cause.explanation(Language::En) {
                    self.note(&Refused(why).to_string());
                }
                Verdict::Refused
            }
            // It was the session that needed one, and nobody to be shown it.
            cause if !self.is_there && *cause != EndCause::NeedsScan => {
                let cause = cause.to_string();
                self.is_not_there(Some(cause))
            }
            // Without a goal the bot is there as long as the session is.
            EndCause::LoggedOut | EndCause::Detached if self.goal.is_none() => Verdict::Reached,
            cause => {
                let cause = cause.to_string();
                self.note(&format!("the session ended too early: {}", Escaped(&cause)));
                Verdict::Ended
            }
        }
    }

    fn is_not_there(&mut self, cause: Option<String>) -> Verdict {
        let place = match &self.args.target {
            Target::Simulated => "the simulated service",
            Target::Server { url, .. } => url,
            Target::Live => "the service",
        };
        let cause = cause.or_else(|| self.trouble.take());
        let cause = cause.unwrap_or_else(|| "no reply".to_owned());
        let sentence = format!("no QR code from {}: {}", Escaped(place), Escaped(&cause));
        self.note(&sentence);
        Verdict::Unreachable
    }

    fn time_is_over(&mut self) -> Verdict {
        match self.goal {
            Some(goal) => {
                let echoed = self.summary.echoed;
                self.note(&format!("time is over after {echoed} of {goal} texts"));
                Verdict::Ended
            }
            None if self.summary.online => Verdict::Reached,
            None => {
                self.note("time is over before the session was open");
                Verdict::Ended
            }
        }
    }

    /// Ends the session, if that is not over, and shows what still happens.
    fn finish(&mut self, is_there: bool) {
        if self.ended {
            return;
        }
        self.bot.close(Close {
            logout: is_there && self.args.logs_out(),
            drain: Duration::ZERO,
        });
        let until = Instant::now() + CLOSING;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let Ok(Some(event)) = self.bot.next(left) else {
                return;
            };
            // What made the server seem absent has been said in one sentence.
            if is_there {
                self.report.event(&event.kind);
            }
            if matches!(event.kind, EventKind::Ended(_)) {
                return;
            }
        }
    }

    fn count(&mut self, stats: wx_proto::Stats) {
        self.summary.requests = stats.requests;
        self.summary.retries = stats.retries;
    }

    fn note(&mut self, text: &str) {
        let _ = writeln!(self.log, "{text}");
    }
}

/// The chat of an account with itself.
const HELPER: &str = "filehelper";

/// Whether a name given by the user means this chat and no other.
fn is_named(roster: &Roster, name: &str, user_name: &str) -> bool {
    let mut named = roster.named(name);
    let is_only = named
        .next()
        .is_some_and(|contact| contact.id.user_name() == user_name)
        && named.next().is_none();
    name == user_name || is_only
}
