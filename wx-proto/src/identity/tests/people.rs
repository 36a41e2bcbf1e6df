//! Who is found again, and how surely.

use super::*;

/// People who keep some of what they show, and change the rest.
#[test]
fn people_are_found_again_when_all_user_names_have_changed() {
    let boris = json!({"NickName": "Boris", "Sex": 1, "Province": "四川", "City": "成都"});
    let mut first = Login::begin(1, Book::new());
    let n = |who| name(1, who);
    first.see(
        &n("anna"),
        json!({"NickName": "Anna", "Alias": "anna_01", "Sex": 2}),
    );
    first.see(&n("boris"), boris.clone());
    first.see(
        &n("carl"),
        json!({"NickName": "Carl", "RemarkName": "卡尔", "HeadImgUrl": picture(11)}),
    );
    first.see(
        &n("dora"),
        json!({"NickName": "Dora", "RemarkName": "朵拉", "HeadImgUrl": picture(12)}),
    );
    first.see(&n("emil"), json!({"NickName": "Emil", "AttrStatus": 7}));
    first.see(
        "gh_0a1b2c3d4e5f",
        json!({"NickName": "山间日历", "VerifyFlag": 24}),
    );
    assert_eq!(first.resolver.settle(), []);
    assert!(matches!(first.is(&n("anna")), Resolution::New(_)));

    let mut second = Login::begin(2, first.saved());
    let m = |who| name(2, who);
    // Another name and region, the same chosen id.
    second.see(
        &m("anna"),
        json!({"NickName": "安", "Alias": "anna_01", "Sex": 2, "City": "x"}),
    );
    second.see(&m("boris"), boris);
    // Renamed, the same remark and picture.
    second.see(
        &m("carl"),
        json!({"NickName": "Karl", "RemarkName": "卡尔", "HeadImgUrl": picture(11)}),
    );
    // The remark was deleted, the picture is a new one.
    second.see(
        &m("dora"),
        json!({"NickName": "Dora", "HeadImgUrl": picture(99)}),
    );
    second.see(&m("emil"), json!({"NickName": "Emil", "AttrStatus": 7}));
    second.see(&m("frida"), json!({"NickName": "Frida"}));
    second.see("gh_0a1b2c3d4e5f", json!({"NickName": "海边日历"}));
    assert_eq!(second.resolver.settle(), []);
    for (who, confidence, by) in [
        ("anna", Confidence::Strong, Evidence::Alias),
        ("boris", Confidence::Probable, Evidence::Name),
        ("carl", Confidence::Strong, Evidence::Remark),
        ("dora", Confidence::Weak, Evidence::Name),
        ("emil", Confidence::Weak, Evidence::Name),
    ] {
        let identity = second.identity(&m(who));
        assert_eq!(identity, first.identity(&n(who)), "{who}");
        assert_eq!(second.confidence(&m(who)), (confidence, by), "{who}");
        assert_eq!(second.resolver.find(identity), Some(second.id(&m(who))));
    }
    assert!(matches!(second.is(&m("frida")), Resolution::New(_)));
    let plain = (Confidence::Certain, Evidence::Account);
    assert_eq!(second.confidence("gh_0a1b2c3d4e5f"), plain);
    let own = profile(2, ME).id;
    let own = second.confidence(own.user_name());
    assert_eq!(own, (Confidence::Certain, Evidence::Uin));
    assert_eq!(second.is(&m("nobody")), Resolution::Unknown);
}

#[test]
fn namesakes_are_told_apart_or_not_at_all() {
    let twin = |city: &str, seq| {
        let picture = if seq == 0 {
            String::new()
        } else {
            picture(seq)
        };
        json!({"NickName": "Li", "City": city, "HeadImgUrl": picture})
    };
    let mut first = Login::begin(1, Book::new());
    first.see(&name(1, "a"), twin("上海", 0));
    first.see(&name(1, "b"), twin("北京", 0));
    first.see(&name(1, "c"), twin("北京", 5));
    first.resolver.settle();

    // What is left over when the one with the picture is found are two; a city is not enough.
    let mut second = Login::begin(2, first.saved());
    second.see(&name(2, "a"), twin("上海", 0));
    second.see(&name(2, "b"), twin("北京", 0));
    second.see(&name(2, "c"), twin("北京", 5));
    second.resolver.settle();
    assert_eq!(
        second.identity(&name(2, "c")),
        first.identity(&name(1, "c"))
    );
    for who in ["a", "b"] {
        let Resolution::Ambiguous(candidates) = second.is(&name(2, who)) else {
            panic!("{who}: {:?}", second.is(&name(2, who)));
        };
        // The likelier one is named first.
        assert_eq!(candidates.len(), 2);
        assert_eq!(candidates[0], first.identity(&name(1, who)));
        assert_eq!(second.resolver.find(candidates[0]), None);
    }

    // One of them is enough to know the other.
    let b = second.id(&name(2, "b"));
    assert!(
        second
            .resolver
            .assign(&b, Some(first.identity(&name(1, "b"))))
    );
    let changes = second.resolver.settle();
    assert_eq!(changes.len(), 2);
    assert!(
        changes
            .iter()
            .all(|change| matches!(change, Change::Found { .. }))
    );
    for who in ["a", "b"] {
        assert_eq!(
            second.identity(&name(2, who)),
            first.identity(&name(1, who))
        );
    }
    let by = (Confidence::Certain, Evidence::Application);
    assert_eq!(second.confidence(&name(2, "b")), by);
}

#[test]
fn a_guess_about_one_is_no_proof_about_another() {
    let mut first = Login::begin(1, Book::new());
    first.see(
        &name(1, "a"),
        json!({"NickName": "Li", "Signature": "quiet"}),
    );
    first.see(&name(1, "b"), json!({"NickName": "Li"}));
    first.resolver.settle();
    let [a, b] = ["a", "b"].map(|who| first.identity(&name(1, who)));

    let mut second = Login::begin(2, first.saved());
    second.see(
        &name(2, "a"),
        json!({"NickName": "Li", "Signature": "quiet"}),
    );
    second.see(&name(2, "b"), json!({"NickName": "Li"}));
    second.resolver.settle();
    assert_eq!(second.identity(&name(2, "a")), a);
    assert_eq!(second.confidence(&name(2, "a")).0, Confidence::Probable);
    assert_eq!(second.is(&name(2, "b")), Resolution::Ambiguous(vec![b]));
}

#[test]
fn what_two_claim_proves_nothing() {
    let mut first = Login::begin(1, Book::new());
    let a = first.see(
        &name(1, "a"),
        json!({"NickName": "Anna", "RemarkName": "x"}),
    );
    first
        .resolver
        .observe_accounts([(a.user_name(), "wxid_anna")]);
    let anna = {
        first.resolver.settle();
        first.identity(a.user_name())
    };

    let mut second = Login::begin(2, first.saved());
    let a = second.see(
        &name(2, "a"),
        json!({"NickName": "Anna", "RemarkName": "x"}),
    );
    let b = second.see(&name(2, "b"), json!({"NickName": "Boris"}));
    let pairs = [(a.user_name(), "wxid_anna"), (b.user_name(), "wxid_anna")];
    second.resolver.observe_accounts(pairs);
    // Names of this login, and nothing at all, are no account names.
    let pairs = [(a.user_name(), ""), (a.user_name(), b.user_name())];
    second.resolver.observe_accounts(pairs);
    second.resolver.settle();
    assert_eq!(second.identity(a.user_name()), anna);
    let (confidence, _) = second.confidence(a.user_name());
    assert_eq!(confidence, Confidence::Strong);
    assert!(matches!(second.resolver.resolve(&b), Resolution::New(_)));

    // One with two account names has none.
    let mut third = Login::begin(3, second.saved());
    let c = third.see(&name(3, "c"), json!({"NickName": "Carl"}));
    let pairs = [(c.user_name(), "wxid_anna"), (c.user_name(), "wxid_carl")];
    third.resolver.observe_accounts(pairs);
    third.resolver.settle();
    assert!(matches!(third.resolver.resolve(&c), Resolution::New(_)));
}

#[test]
fn members_without_a_record_are_found_by_name() {
    let room = |login, member: Value| {
        let mut member = member;
        member["UserName"] = json!(name(login, "zoe"));
        json!({"NickName": "hikers", "MemberList": [member]})
    };
    let mut first = Login::begin(1, Book::new());
    let id = first.see(
        &name(1, "room"),
        room(1, json!({"NickName": "Zoe", "AttrStatus": 77})),
    );
    let contact = first.roster.find(id.user_name()).unwrap().clone();
    first
        .resolver
        .observe_member(contact.members().next().unwrap());
    first.resolver.settle();

    let mut second = Login::begin(2, first.saved());
    let id = second.see(
        &name(2, "room"),
        room(2, json!({"NickName": "Zoe", "AttrStatus": 77})),
    );
    let contact = second.roster.find(id.user_name()).unwrap().clone();
    second
        .resolver
        .observe_member(contact.members().next().unwrap());
    second.resolver.settle();
    assert_eq!(
        second.identity(&name(2, "zoe")),
        first.identity(&name(1, "zoe"))
    );
    assert_eq!(second.confidence(&name(2, "zoe")).0, Confidence::Weak);
}

#[test]
fn whoever_has_an_account_name_is_not_guessed_at() {
    let mut first = Login::begin(1, Book::new());
    first.see(&name(1, "li"), json!({"NickName": "Li"}));
    for who in ["wang1", "wang2"] {
        first.see(
            &name(1, who),
            json!({"NickName": "Wang", "RemarkName": "w"}),
        );
    }
    first.see(
        &name(1, "anna"),
        json!({"NickName": "Anna", "RemarkName": "a"}),
    );
    first.resolver.settle();

    // Taken for somebody else by mistake, it would be so in every login after this one.
    let mut second = Login::begin(2, first.saved());
    second.see(&name(2, "li"), json!({"NickName": "Li"}));
    second.see(
        &name(2, "wang1"),
        json!({"NickName": "Wang", "RemarkName": "w"}),
    );
    second.see(
        &name(2, "anna"),
        json!({"NickName": "Anna", "RemarkName": "a"}),
    );
    let with_account = |who| (name(2, who), format!("wxid_{who}"));
    let pairs = ["li", "wang1", "anna"].map(with_account);
    second.resolver.observe_accounts(pairs);
    second.resolver.settle();
    for who in ["li", "wang1"] {
        assert!(
            matches!(second.is(&name(2, who)), Resolution::New(_)),
            "{who}"
        );
    }
    let anna = first.identity(&name(1, "anna"));
    assert_eq!(second.identity(&name(2, "anna")), anna);
    let mut third = Login::begin(3, second.saved());
    third
        .resolver
        .observe_accounts([(name(3, "x"), "wxid_anna")]);
    third.resolver.settle();
    assert_eq!(third.identity(&name(3, "x")), anna);
}
