//! What is kept.

use std::collections::BTreeMap;

use super::{super::book::ENTRIES, *};

#[test]
fn a_resumed_session_knows_at_once_what_it_knew() {
    let mut first = Login::begin(1, Book::new());
    first.see(&name(1, "a"), json!({"NickName": "Li"}));
    first.see(&name(1, "b"), json!({"NickName": "Li"}));
    first.resolver.settle();
    let resumed = Login::begin(1, first.saved());
    for who in ["a", "b"] {
        assert_eq!(resumed.is(&name(1, who)), first.is(&name(1, who)));
    }
    assert_ne!(first.identity(&name(1, "a")), first.identity(&name(1, "b")));
}

#[test]
fn a_book_is_for_one_account_and_a_resolver_for_one_login() {
    let mut first = Login::begin(1, Book::new());
    first.see(&name(1, "a"), json!({"NickName": "Anna"}));
    first.resolver.settle();
    let other = profile(2, Uin::new(7));
    let refused = Resolver::begin(first.saved(), &other).unwrap_err();
    assert_eq!(refused, BookError::ForeignAccount);

    let mut second = Login::begin(2, first.saved());
    let stale = first.id(&name(1, "a"));
    second
        .resolver
        .observe(first.roster.find(stale.user_name()).unwrap());
    second.resolver.settle();
    assert_eq!(second.resolver.resolve(&stale), Resolution::Unknown);
    assert!(!second.resolver.assign(&stale, None));
}

#[test]
fn a_decision_cannot_make_nonsense() {
    let mut first = Login::begin(1, Book::new());
    first.see(&name(1, "a"), json!({"NickName": "Anna"}));
    first.see(&name(1, "room"), json!({"NickName": "hikers"}));
    first.resolver.settle();
    let (anna, hikers) = (
        first.identity(&name(1, "a")),
        first.identity(&name(1, "room")),
    );

    let mut second = Login::begin(2, first.saved());
    let a = second.see(&name(2, "a"), json!({"NickName": "x"}));
    let b = second.see(&name(2, "b"), json!({"NickName": "y"}));
    second.resolver.settle();
    let new = second.identity(b.user_name());
    // A room, somebody who was made in this login, and somebody who was not observed.
    assert!(!second.resolver.assign(&a, Some(hikers)));
    assert!(!second.resolver.assign(&a, Some(new)));
    let nobody = second.id("@nobody");
    assert!(!second.resolver.assign(&nobody, Some(anna)));
    // Of two decisions for one identity, the later counts.
    assert!(second.resolver.assign(&a, Some(anna)));
    assert!(second.resolver.assign(&b, Some(anna)));
    second.resolver.settle();
    assert_eq!(second.identity(b.user_name()), anna);
    assert_ne!(second.identity(a.user_name()), anna);
}

#[test]
fn what_was_not_seen_for_longest_is_forgotten_first() {
    let mut book = Book::new();
    for nth in 1..=3 {
        let mut login = Login::begin(nth, book);
        for who in 0..4 {
            let nick = format!("{nth}-{who}");
            let id = login.see(&name(nth, &nick), json!({"NickName": nick}));
            if who == 0 {
                let account = format!("wxid_{nick}");
                login.resolver.observe_accounts([(id.user_name(), account)]);
            }
        }
        login.resolver.settle();
        book = login.saved();
    }
    book.0.turn();
    // Twelve, and our own.
    assert_eq!(book.len(), 13);
    book.0.evict(10);
    let names: BTreeMap<_, _> = (0..4)
        .map(|who| (who, Identity::born(&name(1, &format!("1-{who}")))))
        .filter(|(_, identity)| book.0.past.contains_key(identity))
        .collect();
    assert_eq!(names.into_keys().collect::<Vec<_>>(), [0]);
    assert_eq!(book.len(), 10);
}

#[test]
fn observing_without_end_takes_no_memory_without_end() {
    let mut login = Login::begin(1, Book::new());
    for who in 0..ENTRIES + 10 {
        let record = record(&format!("@{who}"), json!({"NickName": who.to_string()}));
        let contact = Contact::new(login.login, record);
        login.resolver.observe(&contact);
    }
    login.resolver.settle();
    assert_eq!(login.resolver.book().0.present.len(), ENTRIES);
    let second = Login::begin(2, login.saved());
    assert_eq!(second.resolver.book().len(), ENTRIES);
}

#[test]
fn a_book_shows_nobody() {
    let mut login = Login::begin(1, Book::new());
    let id = login.see(
        &name(1, "a"),
        json!({"NickName": "Anna", "RemarkName": "安娜"}),
    );
    login
        .resolver
        .observe_accounts([(id.user_name(), "wxid_anna")]);
    login.resolver.settle();
    let said = format!("{:?} {:?}", login.resolver, login.resolver.book());
    let saved = String::from_utf8(login.resolver.book().encode()).unwrap();
    for secret in ["Anna", "安娜", &ME.expose().to_string()] {
        assert!(
            !said.contains(secret) && !saved.contains(secret),
            "{secret}"
        );
    }
    assert!(!said.contains("wxid_anna"));
}

/// Never written anew: it shows that what this version wrote is read for ever.
pub(super) const V1: &[u8] = include_bytes!("../../../testdata/identity/v1.json");

#[test]
fn a_book_of_version_1_is_read() {
    let book = Book::decode(V1).unwrap();
    assert_eq!(book.len(), 4);
    let mut login = Login::begin(3, book);
    login.see(
        &name(3, "anna"),
        json!({"NickName": "Anna", "RemarkName": "安娜", "Sex": 2}),
    );
    let b = login.see(&name(3, "b"), json!({"NickName": "nobody knows"}));
    login
        .resolver
        .observe_accounts([(b.user_name(), "wxid_boris")]);
    login.resolver.settle();
    let is = |name: &str| login.is(name).identity().unwrap().to_string();
    assert_eq!(is(&name(3, "anna")), "00000000000000a1");
    assert_eq!(is(b.user_name()), "00000000000000b2");
    let queen: Identity = "00000000000000c3".parse().unwrap();
    assert_eq!(login.resolver.find(queen), Some(login.id(&name(3, "anna"))));
}

#[test]
fn what_is_no_book_is_refused() {
    for bytes in [
        &b""[..],
        b"{}",
        b"[]",
        b"null",
        b"{\"version\":1,\"past\":7}",
    ] {
        assert_eq!(Book::decode(bytes), Err(BookError::Malformed));
    }
    let newer = Book::decode(b"{\"version\":2}").unwrap_err();
    assert_eq!(newer, BookError::UnsupportedVersion(2));
    assert!(Book::decode(b"{\"version\":1}").unwrap().is_empty());
    assert!(Book::decode(&V1[..V1.len() - 2]).is_err());
}

/// As nobody wrote it but an editor: a thousand merges in a ring, by which all are looked up. Step
/// by step round the ring, this test takes hours.
#[test]
fn an_edited_book_opens_in_no_time() {
    const RING: usize = 1000;
    let merged: Vec<_> = (0..RING).map(|n| json!([n, (n + 1) % RING])).collect();
    let people: serde_json::Map<_, _> = (0..ENTRIES)
        .map(|n| (format!("@{n}"), json!({"choice": {"Is": n % RING}})))
        .collect();
    let book = json!({"version": 1, "present": people, "merged": merged});
    let book = Book::decode(book.to_string().as_bytes()).unwrap();
    let login = Login::begin(1, book);
    let book = login.resolver.book();
    assert_eq!(book.current(of_number(7)), of_number(0));
}

fn of_number(number: usize) -> Identity {
    serde_json::from_value(json!(number)).unwrap()
}

#[test]
fn what_was_merged_and_merged_again_is_found_by_all_its_names() {
    let merged = json!([[1, 2], [7, 8], [2, 3]]);
    let book = json!({"version": 1, "merged": merged});
    let book = Book::decode(book.to_string().as_bytes()).unwrap();
    for (from, into) in [(1, 3), (2, 3), (3, 3), (7, 8), (9, 9)] {
        assert_eq!(book.current(of_number(from)), of_number(into));
    }
}
