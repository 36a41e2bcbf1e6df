//! What the codes are said to lead to is what happens.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use common::*;
use wx_proto::{CommandError, EndCause, Language, ProbableCause, Reaction, Ret, SendText};
use wx_sim::{server::Setup, world::World};

/// One send is refused once; whatever is asked after that is answered well.
#[test]
fn a_refused_send_leads_to_the_reaction_that_its_number_names() {
    for ret in Ret::named().chain([Ret(4242), Ret(-4242)]) {
        let mut world = World::new(Setup::default());
        let bot = online(&mut world);
        let reply = format!(r#"{{"BaseResponse":{{"Ret":{},"ErrMsg":""}}}}"#, ret.0);
        world
            .server_mut()
            .plant("webwxsendmsg", 1, page(200, reply));
        let before = world.sent(bot).len();
        let chat = world.client(bot).chat("filehelper").unwrap();
        let pending = world.submit(bot, SendText::new(chat, "hello"));
        world.run_for(70 * SECOND);
        let outcome = world.outcome(bot, pending).unwrap();

        let asked = |name: &str| {
            let sent = &world.sent(bot)[before..];
            sent.iter().filter(|sent| sent.path.ends_with(name)).count()
        };
        let (sends, checks) = (asked("webwxsendmsg"), asked("webwxinit"));
        let is_rejected =
            matches!(&outcome, Err(CommandError::Rejected { error, .. }) if error.ret == ret);
        let (done, sends_due, checks_due) = match ret.reaction() {
            Reaction::None => (true, 1, 0),
            Reaction::Retry | Reaction::SlowDown => (true, 2, 0),
            Reaction::CheckSession => (true, 2, 1),
            // A send has no room in its reply, and does not poll.
            Reaction::Wait | Reaction::LookInside | Reaction::GiveUp => (false, 1, 0),
            other => panic!("{other:?} is not known here"),
        };
        assert_eq!((sends, checks), (sends_due, checks_due), "{ret}");
        assert_eq!((outcome.is_ok(), is_rejected), (done, !done), "{ret}");
        let paced = names(&world.events(bot)).contains(&"paced");
        assert_eq!(paced, ret.reaction() == Reaction::SlowDown, "{ret}");
    }
}

#[test]
fn a_refused_login_says_why_and_what_to_do() {
    let mut world = World::new(Setup {
        barred: true,
        ..Setup::default()
    });
    let bot = world.join(config(), [3; 32]);
    assert!(!world.to_online(bot));
    let cause = end_of(&world.events(bot));
    let EndCause::Refused(error) = &cause else {
        panic!("{cause:?}");
    };
    for language in [Language::En, Language::Zh] {
        let explanation = cause.explanation(language).unwrap();
        assert_eq!(explanation.code, Ret::LOGIN_REFUSED);
        assert_eq!(explanation.cause, ProbableCause::WebBlocked);
        assert!(!explanation.text.is_empty());
        assert_eq!(explanation.next_step, error.hint(language));
        assert_ne!(explanation.because, explanation.next_step);
    }
}
