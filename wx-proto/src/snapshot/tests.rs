// Compiled for tests alone: an `unwrap` that fails here is a test that fails.

use http::{HeaderMap, HeaderValue, header::SET_COOKIE};
use proptest::{collection::vec, option, prelude::*, sample::select};

use super::*;
use crate::cookies::Scope;

const NOW: Duration = Duration::from_secs(1_700_000_000);

fn sync_key() -> impl Strategy<Value = SyncKey> {
    vec((any::<i64>(), any::<i64>()), 1..12).prop_map(|pairs| {
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(key, val)| format!("{key}_{val}"))
            .collect();
        SyncKey::parse(&pairs.join("|")).unwrap()
    })
}

/// What a service may have set.
fn cookies(family: &'static Family) -> impl Strategy<Value = Jar> {
    let life = select(vec!["", "; Max-Age=60", "; Max-Age=99999999"]);
    let name = select(vec!["wxuin", "webwxuvid", "webwx_auth_ticket", "a", "b"]);
    let domain = option::of(select(family.cookie_domains().to_vec()));
    vec((name, "[a-zA-Z0-9+/= \"]{0,8}", domain, life), 0..8).prop_map(|set| {
        let mut headers = HeaderMap::new();
        for (name, value, domain, life) in set {
            let domain = domain.map_or(String::new(), |domain| format!("; Domain={domain}"));
            let cookie = format!("{name}={value}{domain}{life}; Path=/");
            headers.append(SET_COOKIE, HeaderValue::try_from(cookie).unwrap());
        }
        let scope = Scope {
            host: family.main,
            path: "/",
            domains: &family.cookie_domains(),
            spread: false,
        };
        let mut jar = Jar::default();
        jar.store(&scope, &headers, NOW);
        jar
    })
}

/// A session has no `Debug`: most of it is secret.
struct Made(Session);

impl fmt::Debug for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cookies = &self.0.cookies;
        write!(f, "{:?}, {:?}, {cookies:?}", self.0.family, self.0.me)
    }
}

fn session() -> impl Strategy<Value = Made> {
    let family = select(Family::ALL.to_vec());
    let credentials = (1..=u32::MAX, any::<[String; 3]>());
    let me = option::of(("@[0-9a-f]{1,32}", any::<String>()));
    let rest = (any::<bool>(), me, 0..=LAST_CLIENT_MSG_ID);
    let with_cookies = family.prop_flat_map(|family| (Just(family), cookies(family)));
    (with_cookies, credentials, rest).prop_map(
        |((family, cookies), (uin, [sid, skey, pass_ticket]), (polls_main, me, last))| {
            let uin = Uin::new(uin);
            Made(Session {
                polls_main,
                credentials: Credentials {
                    uin,
                    sid: Secret::new(sid),
                    skey: Secret::new(skey),
                    pass_ticket: Secret::new(pass_ticket),
                },
                cookies,
                me: me.map(|(user_name, nick_name)| Profile {
                    id: ChatId::new(LoginId::of(&user_name), user_name),
                    nick_name,
                    uin,
                }),
                last_client_msg_id: last,
                ..Session::new(family)
            })
        },
    )
}

fn seen() -> impl Strategy<Value = Vec<Fingerprint>> {
    let print = (any::<String>(), any::<String>(), any::<i64>());
    vec(
        print.prop_map(|(id, from, created)| Fingerprint { id, from, created }),
        0..8,
    )
}

proptest! {
    #[test]
    fn what_was_saved_of_a_session_is_restored(
        Made(session) in session(),
        sync in sync_key(),
        check in option::of(sync_key()),
        seen in seen(),
    ) {
        let keys = Keys { sync: Some(sync.clone()), check: check.clone() };
        let saved = Snapshot::of(&session, keys, NOW, seen.clone());
        let Some(saved) = saved else {
            // There is nothing to go on from.
            prop_assert!(session.me.is_none() && !session.can_push(NOW));
            return Ok(());
        };
        let bytes = saved.encode();
        let read = Snapshot::decode(&bytes).unwrap();
        prop_assert_eq!(read.encode(), bytes);
        let (restored, window) = read.restore().unwrap();
        prop_assert_eq!(window, seen);
        prop_assert_eq!(restored.family, session.family);
        prop_assert_eq!(restored.credentials.uin, session.credentials.uin);
        prop_assert_eq!(&restored.cookies, &session.cookies);
        prop_assert_eq!(restored.last_client_msg_id, session.last_client_msg_id);
        prop_assert_eq!(restored.saved, Some(NOW));
        prop_assert_eq!(&restored.me, &session.me);
        if session.me.is_some() {
            let secrets = |of: &Session| {
                [&of.credentials.sid, &of.credentials.skey, &of.credentials.pass_ticket].map(Secret::clone)
            };
            prop_assert_eq!(secrets(&restored), secrets(&session));
            prop_assert_eq!(restored.polls_main, session.polls_main);
            prop_assert_eq!(restored.sync_key, Some(sync));
            prop_assert_eq!(restored.sync_check_key, check);
        } else {
            // The session is over: of it, only what names the account is left.
            prop_assert!(restored.credentials.sid.is_empty() && restored.sync_key.is_none());
            prop_assert!(restored.can_push(NOW));
        }
    }

    #[test]
    fn bytes_that_are_no_snapshot_are_refused(bytes in any::<Vec<u8>>(), text in any::<String>()) {
        prop_assert!(Snapshot::decode(&bytes).is_err());
        prop_assert!(Snapshot::decode(text.as_bytes()).is_err());
    }
}
