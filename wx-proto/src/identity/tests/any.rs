//! For any people and any order.

use std::collections::BTreeSet;

use proptest::{collection::vec, prelude::*};

use super::{book::V1, *};

/// What somebody shows. There are few values of each, so that many agree.
#[derive(Clone, Debug)]
struct Shown {
    room: bool,
    nick: u8,
    remark: u8,
    picture: u8,
    alias: u8,
    sex: u8,
    account: u8,
    members: Vec<u8>,
}

fn shown() -> impl Strategy<Value = Shown> {
    let few = 0..3_u8;
    let rare = prop_oneof![4 => Just(0), 1 => 1..4_u8];
    let facts = (few.clone(), rare.clone(), few.clone(), rare.clone(), few);
    (any::<bool>(), facts, rare, vec(0..6_u8, 0..4)).prop_map(
        |(room, (nick, remark, picture, alias, sex), account, members)| Shown {
            room,
            nick,
            remark,
            picture,
            alias: if room { 0 } else { alias },
            sex: if room { 0 } else { sex },
            account,
            members: if room { members } else { Vec::new() },
        },
    )
}

impl Shown {
    fn facts(&self) -> Value {
        let text = |mark: &str, number: u8| match number {
            0 => String::new(),
            number => format!("{mark}{number}"),
        };
        let members = self.members.iter();
        let member =
            |who: &u8| json!({"UserName": format!("@m{who}"), "NickName": format!("m{who}")});
        json!({
            "NickName": text("nick", self.nick), "RemarkName": text("remark", self.remark),
            "Alias": text("alias", self.alias), "Sex": self.sex,
            "HeadImgUrl": picture(u64::from(self.picture)),
            "MemberList": members.map(member).collect::<Vec<_>>()
        })
    }
}

fn user_name(nth: u32, at: usize, shown: &Shown) -> String {
    name(
        nth,
        &format!("{}{at}", if shown.room { "room" } else { "" }),
    )
}

/// Tells the resolver one thing: the even numbers are records, the odd ones account names.
fn tell(login: &mut Login, nth: u32, people: &[Shown], step: usize) {
    let shown = &people[step / 2];
    let user_name = user_name(nth, step / 2, shown);
    if step % 2 == 0 {
        login.see(&user_name, shown.facts());
    } else if shown.account > 0 {
        let account = format!("account{}", shown.account);
        login.resolver.observe_accounts([(user_name, account)]);
    }
}

fn told(nth: u32, book: Book, people: &[Shown], order: impl IntoIterator<Item = usize>) -> Login {
    let mut login = Login::begin(nth, book);
    for step in order {
        tell(&mut login, nth, people, step);
    }
    login.resolver.settle();
    login
}

fn resolutions(login: &Login, nth: u32, people: &[Shown]) -> Vec<Resolution> {
    let name = |(at, shown): (usize, &Shown)| login.is(&user_name(nth, at, shown));
    people.iter().enumerate().map(name).collect()
}

/// Two logins, and the second one's things to tell in any order.
fn logins() -> impl Strategy<Value = (Vec<Shown>, Vec<Shown>, Vec<usize>)> {
    (vec(shown(), 0..12), vec(shown(), 0..12)).prop_flat_map(|(first, second)| {
        let order: Vec<_> = (0..second.len() * 2).collect();
        (Just(first), Just(second), Just(order).prop_shuffle())
    })
}

proptest! {
    #[test]
    fn order_makes_no_difference((first, second, order) in logins(), pauses in vec(any::<bool>(), 24)) {
        let book = told(1, Book::new(), &first, 0..first.len() * 2).saved();
        let straight = told(2, book.clone(), &second, 0..second.len() * 2);
        let mut shuffled = Login::begin(2, book);
        for (step, pause) in order.into_iter().zip(pauses) {
            tell(&mut shuffled, 2, &second, step);
            if pause {
                // Saying so far who is who, and a restart, change nothing either.
                shuffled.resolver.settle();
                let roster = shuffled.roster.clone();
                shuffled = Login { roster, ..Login::begin(2, shuffled.saved()) };
            }
        }
        shuffled.resolver.settle();
        prop_assert_eq!(resolutions(&straight, 2, &second), resolutions(&shuffled, 2, &second));
    }

    #[test]
    fn no_two_share_an_identity_and_each_leads_back((first, second, _) in logins()) {
        let before = told(1, Book::new(), &first, 0..first.len() * 2);
        let after = told(2, before.saved(), &second, 0..second.len() * 2);
        for (login, nth, people) in [(&before, 1, &first), (&after, 2, &second)] {
            let mut borne = BTreeSet::new();
            for (at, resolution) in resolutions(login, nth, people).iter().enumerate() {
                let Some(identity) = resolution.identity() else { continue };
                prop_assert!(borne.insert(identity));
                let id = login.id(&user_name(nth, at, &people[at]));
                prop_assert_eq!(login.resolver.find(identity), Some(id));
            }
            for resolution in resolutions(login, nth, people) {
                if let Resolution::Ambiguous(candidates) = resolution {
                    prop_assert!(!candidates.is_empty());
                    prop_assert!(candidates.iter().all(|it| !borne.contains(it)));
                }
            }
        }
    }

    /// Of two who show the same, neither is found: both are new, or both may be one of the same.
    #[test]
    fn twins_are_not_told_apart((first, mut second, _) in logins(), twin in any::<prop::sample::Index>()) {
        prop_assume!(!second.is_empty());
        let twin = twin.index(second.len());
        second[twin].account = 0;
        second.push(second[twin].clone());
        let book = told(1, Book::new(), &first, 0..first.len() * 2).saved();
        let after = told(2, book, &second, 0..second.len() * 2);
        let all = resolutions(&after, 2, &second);
        match (&all[twin], &all[second.len() - 1]) {
            (Resolution::New(one), Resolution::New(other)) => prop_assert_ne!(one, other),
            (Resolution::Ambiguous(one), Resolution::Ambiguous(other)) => prop_assert_eq!(one, other),
            (one, other) => prop_assert!(false, "{:?} and {:?}", one, other),
        }
    }

    #[test]
    fn a_saved_book_is_the_same_book((first, second, _) in logins()) {
        let before = told(1, Book::new(), &first, 0..first.len() * 2);
        prop_assert!(&before.saved() == before.resolver.book());
        let after = told(2, before.saved(), &second, 0..second.len() * 2);
        prop_assert!(&after.saved() == after.resolver.book());
    }

    /// The same people again and again are no more people.
    #[test]
    fn a_book_does_not_grow_by_the_same_people(people in vec(shown(), 0..12), logins in 2..5_u32) {
        let mut book = Book::new();
        for nth in 1..=logins {
            book = told(nth, book, &people, 0..people.len() * 2).saved();
        }
        book.0.turn();
        // And our own account.
        prop_assert!(book.len() <= people.len() * 2 + 1, "{}", book.len());
    }

    #[test]
    fn changes_tell_all_that_changed((first, second, order) in logins()) {
        let book = told(1, Book::new(), &first, 0..first.len() * 2).saved();
        let mut login = Login::begin(2, book);
        let mut known = resolutions(&login, 2, &second);
        for step in order {
            tell(&mut login, 2, &second, step);
            let changes = login.resolver.settle();
            let now = resolutions(&login, 2, &second);
            for (at, (before, after)) in known.iter().zip(&now).enumerate() {
                let id = login.id(&user_name(2, at, &second[at]));
                let is_told = changes.iter().any(|change| match change {
                    Change::Found { chat, identity } => {
                        *chat == id && before.identity().is_none() && after.identity() == Some(*identity)
                    }
                    Change::Merged { chat, from, into } | Change::Split { chat, from, to: into } => {
                        *chat == id && before.identity() == Some(*from) && after.identity() == Some(*into)
                    }
                    Change::Lost { chat, from } => {
                        *chat == id && before.identity() == Some(*from) && after.identity().is_none()
                    }
                });
                let is_news = *before == Resolution::Unknown || before.identity() == after.identity();
                prop_assert_eq!(is_told, !is_news, "{:?} {:?} {:?}", before, after, changes);
            }
            known = now;
        }
    }

    #[test]
    fn no_bytes_are_a_panic(at in 0..V1.len(), byte in any::<u8>(), more in vec(any::<u8>(), 0..8)) {
        let mut bytes = V1.to_vec();
        bytes.splice(at..=at, std::iter::once(byte).chain(more));
        if let Ok(book) = Book::decode(&bytes) {
            if let Ok(mut resolver) = Resolver::begin(book, &profile(9, ME)) {
                resolver.settle();
            }
        }
    }
}
