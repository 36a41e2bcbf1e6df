//! What happens, told to a person.

use std::{
    fmt,
    io::{self, Write},
};

use wx_proto::{Body, EventKind, Message, Profile, Qr, Receipt, RosterChange};

use super::{
    escape::Escaped,
    qr,
    report::{Report, Summary},
};

pub(super) struct Terminal<W> {
    pub(super) out: W,
    /// Whether colours are understood.
    pub(super) colours: bool,
}

impl<W: Write> Terminal<W> {
    fn line(&mut self, line: fmt::Arguments<'_>) {
        // Whoever reads may have gone. The bot has its goal all the same.
        let _ = writeln!(self.out, "{line}").and_then(|()| self.out.flush());
    }

    fn code(&mut self, code: &Qr) {
        self.line(format_args!(
            "\nQR code {}, good for {} s: scan it with the phone",
            code.round,
            code.valid_for.as_secs()
        ));
        match qr::draw(&code.content, self.colours) {
            Some(drawn) => self.line(format_args!("\n{drawn}")),
            None => self.line(format_args!("it is too long to be drawn")),
        }
        self.line(format_args!(
            "the same as a picture: {}",
            Escaped(&code.picture)
        ));
    }

    fn table(&mut self, summary: &Summary) -> io::Result<()> {
        let out = &mut self.out;
        writeln!(
            out,
            "\n{:<12}{:>6}",
            "received",
            summary.received.values().sum::<u64>()
        )?;
        for (kind, count) in &summary.received {
            writeln!(out, "  {kind:<10}{count:>6}")?;
        }
        writeln!(out, "{:<12}{:>6}", "echoed", summary.echoed)?;
        if summary.failed > 0 {
            writeln!(out, "{:<12}{:>6}", "not echoed", summary.failed)?;
        }
        match summary.malformed {
            Some(count) => writeln!(out, "{:<12}{count:>6}", "malformed")?,
            None => writeln!(out, "{:<12}{:>6}", "malformed", "?")?,
        }
        writeln!(out, "{:<12}{:>6}", "requests", summary.requests)?;
        writeln!(out, "{:<12}{:>6}", "retries", summary.retries)?;
        writeln!(out, "{:<12}{:>6.1}", "seconds", summary.time.as_secs_f64())?;
        out.flush()
    }
}

impl<W: Write> Report for Terminal<W> {
    fn online(&mut self, me: &Profile, contacts: usize) {
        let name = Escaped(&me.nick_name);
        self.line(format_args!("online as {name}, {contacts} contacts"));
    }

    fn event(&mut self, kind: &EventKind) {
        match kind {
            EventKind::Qr(code) => self.code(code),
            EventKind::PushSent => self.line(format_args!("asked the phone; confirm on the phone")),
            EventKind::Scanned(_) => self.line(format_args!("scanned; now confirm on the phone")),
            EventKind::Confirmed => self.line(format_args!("confirmed")),
            EventKind::Declined => self.line(format_args!("declined on the phone")),
            EventKind::Roster(RosterChange::Full {
                contacts, complete, ..
            }) => {
                let complete = if *complete { "complete" } else { "incomplete" };
                self.line(format_args!("address book {complete}, {contacts} contacts"));
            }
            EventKind::Message(message) => self.line(format_args!("{}", Line(message))),
            EventKind::Recalled(recalled) => {
                let notice = recalled
                    .notice
                    .as_deref()
                    .unwrap_or("a message was taken back");
                self.line(format_args!("[recalled] {}", Escaped(notice)));
            }
            EventKind::Trouble(trouble) => self.line(format_args!(
                "trouble: {}: {} (attempt {}, the next in {:.1} s)",
                trouble.endpoint,
                Escaped(&trouble.to_string()),
                trouble.attempt,
                trouble.next_try.as_secs_f64()
            )),
            EventKind::Paced(paced) => self.line(format_args!(
                "the service slows us down, {}; {} {} wait for {} s",
                paced.ret,
                paced.waiting,
                paced.class,
                paced.pause.as_secs()
            )),
            EventKind::Gap(gap) => {
                self.line(format_args!("a reply was not understood: {}", gap.error));
            }
            EventKind::Ended(ended) => {
                self.line(format_args!(
                    "session ended: {}",
                    Escaped(&ended.cause.to_string())
                ));
            }
            _ => {}
        }
    }

    fn sent(&mut self, to: &Message, _: &str, _: &Receipt) {
        self.line(format_args!("  said back to {}", Escaped(&to.chat_name)));
    }

    fn summary(&mut self, summary: &Summary) {
        if summary.online {
            let _ = self.table(summary);
        }
    }
}

/// One message: kind, where, who, what. Further lines of a text are set in, so that none of them
/// can pass for another message.
struct Line<'a>(&'a Message);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.0;
        write!(
            f,
            "[{}] {}",
            message.body.kind(),
            Escaped(&message.chat_name)
        )?;
        if let Some(sender) = &message.sender {
            if sender.name != message.chat_name {
                write!(f, " / {}", Escaped(&sender.name))?;
            }
        }
        if message.is_own() {
            f.write_str(" (own)")?;
        }
        let said = said(&message.body);
        for (at, line) in said.split('\n').enumerate() {
            let before = if at == 0 { ": " } else { "\n    | " };
            write!(f, "{before}{}", Escaped(line))?;
        }
        Ok(())
    }
}

/// What can be said of a message in words.
fn said(body: &Body) -> String {
    match body {
        Body::Text(text) => text.text.clone(),
        Body::Notice(notice) => notice.text.clone(),
        Body::File(file) => file.name.clone(),
        Body::App(app) => match &app.url {
            Some(url) => format!("{} ({url})", app.title),
            None => app.title.clone(),
        },
        Body::Location(place) => place.label.clone(),
        Body::Card(card) => card.nick_name.clone(),
        Body::FriendRequest(request) => request.content.clone(),
        Body::System(system) => system.kind.clone(),
        _ => "…".to_owned(),
    }
}
