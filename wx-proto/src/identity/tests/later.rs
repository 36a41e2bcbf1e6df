//! What is known later.

use super::*;

#[test]
fn a_namesake_who_comes_later_takes_back_what_was_said() {
    let mut first = Login::begin(1, Book::new());
    first.see(&name(1, "a"), json!({"NickName": "Li"}));
    first.resolver.settle();
    let li = first.identity(&name(1, "a"));

    let mut second = Login::begin(2, first.saved());
    let a = second.see(&name(2, "a"), json!({"NickName": "Li"}));
    second.resolver.settle();
    assert_eq!(second.identity(a.user_name()), li);
    let other = second.see(&name(2, "other"), json!({"NickName": "Li"}));
    let changes = second.resolver.settle();
    assert_eq!(
        changes,
        [Change::Lost {
            chat: a.clone(),
            from: li
        }]
    );
    for id in [&a, &other] {
        assert_eq!(second.resolver.resolve(id), Resolution::Ambiguous(vec![li]));
    }
    // The application knows that this one is somebody else.
    assert!(second.resolver.assign(&other, None));
    let changes = second.resolver.settle();
    assert_eq!(changes.len(), 2, "{changes:?}");
    assert_eq!(second.identity(a.user_name()), li);
    assert!(matches!(second.resolver.resolve(&other), Resolution::New(new) if new != li));
}

#[test]
fn an_account_name_that_comes_later_merges() {
    let mut first = Login::begin(1, Book::new());
    let a = first.see(&name(1, "a"), json!({"NickName": "Anna"}));
    first
        .resolver
        .observe_accounts([(a.user_name(), "wxid_anna")]);
    first.resolver.settle();
    let anna = first.identity(a.user_name());

    let mut second = Login::begin(2, first.saved());
    let a = second.see(&name(2, "a"), json!({"NickName": "Queen of the night"}));
    second.resolver.settle();
    let queen = second.identity(a.user_name());
    assert_ne!(queen, anna);
    let (users, accounts) = (vec![a.user_name()], vec!["wxid_anna"]);
    second
        .resolver
        .observe_accounts(users.iter().zip(&accounts));
    let changes = second.resolver.settle();
    let merged = Change::Merged {
        chat: a.clone(),
        from: queen,
        into: anna,
    };
    assert_eq!(changes, [merged]);
    let certain = (Confidence::Certain, Evidence::Account);
    assert_eq!(second.confidence(a.user_name()), certain);
    // What was kept under the short-lived one still leads to her, in later logins as well.
    assert_eq!(second.resolver.find(queen), Some(a));
    let mut third = Login::begin(3, second.saved());
    assert_eq!(third.saved().current(queen), anna);
    // Now she is known by her new name.
    third.see(&name(3, "a"), json!({"NickName": "Queen of the night"}));
    third.resolver.settle();
    assert_eq!(third.identity(&name(3, "a")), anna);
}

#[test]
fn an_account_name_that_comes_later_splits() {
    let mut first = Login::begin(1, Book::new());
    let a = first.see(&name(1, "a"), json!({"NickName": "Li"}));
    first
        .resolver
        .observe_accounts([(a.user_name(), "wxid_li")]);
    first.resolver.settle();
    let li = first.identity(a.user_name());

    let mut second = Login::begin(2, first.saved());
    let a = second.see(&name(2, "a"), json!({"NickName": "Li"}));
    let b = second.see(&name(2, "b"), json!({"NickName": "renamed"}));
    second.resolver.settle();
    assert_eq!(second.identity(a.user_name()), li);
    let new = second.identity(b.user_name());
    second
        .resolver
        .observe_accounts([(b.user_name(), "wxid_li")]);
    let changes = second.resolver.settle();
    let to = second.identity(a.user_name());
    assert!(![li, new].contains(&to));
    assert!(changes.contains(&Change::Split {
        chat: a,
        from: li,
        to
    }));
    let merged = Change::Merged {
        chat: b.clone(),
        from: new,
        into: li,
    };
    assert!(changes.contains(&merged) && changes.len() == 2);
    assert_eq!(second.resolver.find(li), Some(b));
}

#[test]
fn what_was_merged_too_soon_is_itself_again() {
    let mut first = Login::begin(1, Book::new());
    first.see(&name(1, "a"), json!({"NickName": "Li"}));
    first.resolver.settle();

    let mut second = Login::begin(2, first.saved());
    let a = second.see(&name(2, "a"), json!({}));
    second.resolver.settle();
    let new = second.identity(a.user_name());
    second.see(&name(2, "a"), json!({"NickName": "Li"}));
    assert_eq!(second.resolver.settle().len(), 1);
    let li = second.identity(a.user_name());
    assert_eq!(second.resolver.book().current(new), li);
    assert!(second.resolver.assign(&a, None));
    let split = Change::Split {
        chat: a.clone(),
        from: li,
        to: new,
    };
    assert_eq!(second.resolver.settle(), [split]);
    assert_eq!(second.resolver.find(new), Some(a));
    assert_eq!(second.resolver.find(li), None);
}

#[test]
fn a_new_name_in_mid_session_changes_nothing_but_the_book() {
    let mut first = Login::begin(1, Book::new());
    first.see(&name(1, "a"), json!({"NickName": "Anna", "City": "成都"}));
    first.see(&name(1, "b"), json!({"NickName": "Boris", "City": "成都"}));
    first.resolver.settle();

    let mut second = Login::begin(2, first.saved());
    second.see(&name(2, "a"), json!({"NickName": "Anna", "City": "成都"}));
    second.resolver.settle();
    second.see(&name(2, "a"), json!({"NickName": "Boris", "City": "重庆"}));
    assert_eq!(second.resolver.settle(), []);
    assert_eq!(
        second.identity(&name(2, "a")),
        first.identity(&name(1, "a"))
    );

    // There are two of that name now.
    let mut third = Login::begin(3, second.saved());
    third.see(&name(3, "a"), json!({"NickName": "Boris", "City": "重庆"}));
    third.resolver.settle();
    assert!(matches!(third.is(&name(3, "a")), Resolution::Ambiguous(two) if two.len() == 2));
}

#[test]
fn two_certain_keys_of_one_person_make_one_of_two() {
    let uin = Uin::new(2_900_000_752);
    let mut first = Login::begin(1, Book::new());
    let a = first.see(&name(1, "a"), json!({"NickName": "Anna"}));
    first
        .resolver
        .observe_accounts([(a.user_name(), "wxid_anna")]);
    first.resolver.settle();
    let anna = first.identity(a.user_name());
    let mut second = Login::begin(2, first.saved());
    let a = second.see(&name(2, "a"), json!({"NickName": "Queen of the night"}));
    second.resolver.observe_uin(&a, uin);
    second.resolver.settle();
    let queen = second.identity(a.user_name());
    assert_ne!(queen, anna);

    let mut third = Login::begin(3, second.saved());
    let a = third.id(&name(3, "a"));
    third.resolver.observe_uin(&a, uin);
    third.resolver.settle();
    assert_eq!(third.identity(a.user_name()), queen);
    third
        .resolver
        .observe_accounts([(a.user_name(), "wxid_anna")]);
    let merged = Change::Merged {
        chat: a.clone(),
        from: queen,
        into: anna,
    };
    assert_eq!(third.resolver.settle(), [merged]);
    assert_eq!(third.resolver.find(queen), Some(a));
    // It is said once, and both keys lead to one from now on.
    assert_eq!(third.resolver.settle(), []);
    let mut fourth = Login::begin(4, third.saved());
    let a = fourth.id(&name(4, "a"));
    fourth.resolver.observe_uin(&a, uin);
    fourth.resolver.settle();
    assert_eq!(fourth.identity(a.user_name()), anna);
    assert_eq!(fourth.resolver.book().current(queen), anna);
}
