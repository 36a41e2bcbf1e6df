//! What must hold of a session.

use wx_sim::{
    net::Fate,
    server::{Endpoint, Record, Refusal, SessionView},
    world::{Doomed, World},
};

use crate::{
    bot::Bot,
    ledger::Key,
    report::{Kind, Report},
};

/// What one sync brings is never refused, so that much may be on top of what was asked for.
const ONE_SYNC: usize = 64;

/// Events of which only the latest waits, and those about people that come with lookups.
const ASIDE: usize = 600;

/// How much the client of a bot holds.
pub(crate) fn weigh(bot: &Bot, world: &World, report: &mut Report) {
    let Some(peer) = bot.peer else { return };
    let load = world.client(peer).load();
    let limits = bot.limits();
    let bounds = [
        (
            "unacknowledged events",
            load.unacknowledged,
            limits.backlog + ONE_SYNC,
        ),
        (
            "unread events",
            load.unread,
            limits.backlog + ONE_SYNC + ASIDE,
        ),
        (
            "messages remembered",
            load.seen,
            limits.seen_messages * 64 + ONE_SYNC,
        ),
        ("commands", load.commands, limits.outbox),
        ("requests", load.requests, limits.in_flight + 4),
        ("calls that failed", load.retries, load.commands + 16),
        ("deadlines", load.timers, 2 * load.commands + 16),
        ("contacts", load.contacts, 2000),
        ("cookies", load.cookies, 64),
    ];
    for (name, is, most) in bounds {
        if is > most {
            let text = format!("{is} {name}, {most} at most");
            report.violation(Kind::Memory, bot.index, text);
        }
    }
}

/// Whether, half an hour after the last command, with fair weather and nobody in the way, something
/// still waits, or the last text did not get through. A logout would complete what hangs, and nobody
/// would see that it did.
pub(crate) fn judge_waiting(bot: &Bot, world: &World, report: &mut Report) {
    let Some(peer) = bot.peer.filter(|_| bot.is_online(world)) else {
        return;
    };
    let waiting = world.client(peer).waiting_commands();
    if waiting > 0 {
        let text = format!("{waiting} commands wait in fair weather");
        report.violation(Kind::Command, bot.index, text);
    }
    let outcome = bot.said.last().map(|said| &said.outcome);
    if !matches!(outcome, Some(Some(Ok(_)))) {
        let text = format!("the last text, in fair weather: {outcome:?}");
        report.violation(Kind::Stuck, bot.index, text);
    }
}

/// What must not be done twice is not: the service was asked for no more than the applications wanted.
/// What it refused to do may have been asked for again; and what the network doubled is not ours.
pub(crate) fn judge_deeds(bots: &[Bot], world: &World, report: &mut Report) {
    let rooms = bots.iter().map(|bot| bot.rooms).sum::<u64>();
    let requests = bots.iter().map(|bot| bot.requests).sum::<u64>();
    for (endpoint, path, wanted) in [
        (Endpoint::CreateChatRoom, "webwxcreatechatroom", rooms),
        (Endpoint::VerifyUser, "webwxverifyuser", requests),
    ] {
        let tally = world.server().tallies().get(&endpoint);
        let asked = tally.map_or(0, |tally| tally.requests);
        let refused = bots
            .iter()
            .map(|bot| bot.refused.get(path).copied().unwrap_or(0))
            .sum::<u64>();
        let is_double = |it: &&Doomed| it.endpoint == path && it.fate == Fate::Doubled;
        let doubled = world.fates().iter().filter(is_double).count() as u64;
        let most = wanted + refused + doubled;
        if asked > most {
            let text = format!("{path} was asked for {asked} times, not {wanted}");
            report.violation(Kind::Doubled, 0, text);
        }
    }
}

/// Whether a request that the service would refuse is one that the client should not have made.
pub(crate) fn is_our_fault(record: &Record, sessions: &[SessionView]) -> bool {
    match record.refusal {
        // What was sent twice on the way comes beside itself.
        Some(Refusal::ConcurrentPoll | Refusal::ConcurrentSync) | None => false,
        // The application chose whom to write to and what to take back; rooms and people change.
        Some(
            Refusal::ForbiddenRecipient
            | Refusal::UnknownRecipient
            | Refusal::UnknownUser
            | Refusal::UnknownMessage
            | Refusal::ForeignMessage
            | Refusal::NotInRoom
            | Refusal::NotOwner,
        ) => false,
        // How long the service remembers a session is for the service to say.
        Some(Refusal::StaleCookies) => record.endpoint != Endpoint::Init,
        // Cookies whose time is over are not sent. A machine may sleep for longer.
        Some(Refusal::MissingCookie(_)) => {
            let is_over = |it: &SessionView| it.cookies_until <= record.at;
            let session = sessions.iter().find(|it| Some(it.id) == record.session);
            !session.is_some_and(is_over)
        }
        // Who is told by the host of polls that there is no session asks the family's other host.
        Some(Refusal::Host) => record.endpoint != Endpoint::SyncCheck,
        Some(_) => true,
    }
}

/// Message types that are no message for an application, or become another event.
const OTHERS: [u32; 3] = [37, 51, 10_002];

/// Whether everything that the service had for an account has reached its application.
pub(crate) fn judge_heard(bot: &Bot, world: &World, report: &mut Report) {
    let Some(account) = bot.account else { return };
    if bot.skips() {
        return;
    }
    let current = bot.session(world);
    let ledger = &bot.ledger;
    let sessions = world.server().sessions().into_iter();
    for session in sessions.filter(|session| session.account == account) {
        let is_current = Some(session.id) == current && bot.is_online(world);
        let is_dead = session.over.is_some() || !is_current;
        for news in world.server().news(session.id) {
            let expected = ledger.expected.iter().find(|it| it.msg_id == news.msg_id);
            let key = match expected {
                Some(expected) => expected.key.clone(),
                None if OTHERS.contains(&news.msg_type) => continue,
                None => Key::Message(news.msg_id),
            };
            if ledger.seen.contains(&key) {
                continue;
            }
            // What was written before the client had its first keys is for the phone alone.
            let since = ledger.online.get(&session.id);
            if since.is_none_or(|since| news.at < *since) {
                continue;
            }
            // Its session ended before it was fetched; or the process died with it, and nothing
            // was left to go back to.
            if is_dead && (!news.covered || ledger.crashed.contains(&session.id)) {
                continue;
            }
            // What waited when nothing could be read for a while was passed over, and that was told.
            let told = ledger.gaps.get(&session.id).is_some_and(|gaps| *gaps >= 2);
            let passed_over = ledger.passed_over.get(&session.id);
            let waited = |times: &Vec<_>| times.iter().any(|at| news.at <= *at);
            if told && passed_over.is_some_and(waited) {
                report.given_up += 1;
                continue;
            }
            let text = format!("{key:?}, type {} of {session:?}", news.msg_type);
            report.violation(Kind::Lost, bot.index, text);
        }
    }
}
