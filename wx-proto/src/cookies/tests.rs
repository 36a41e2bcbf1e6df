// Compiled for tests alone: an `unwrap` that fails here is a test that fails.

use http::header::{DATE, SET_COOKIE};
use proptest::prelude::*;

use super::*;

/// 2022-12-12 09:33:22 GMT.
const NOW: Duration = Duration::from_secs(1_670_837_602);
const DOMAINS: &[&str] = &[
    "wx2.qq.com",
    "login.wx2.qq.com",
    "file.wx2.qq.com",
    "webpush.wx2.qq.com",
    "qq.com",
];

fn scope() -> Scope<'static> {
    Scope {
        host: "wx2.qq.com",
        path: "/cgi-bin/mmwebwx-bin/webwxnewloginpage",
        domains: DOMAINS,
        spread: false,
    }
}

fn headers(date: Option<&str>, set: &[&[u8]]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(date) = date {
        headers.append(DATE, date.parse().unwrap());
    }
    for set in set {
        headers.append(SET_COOKIE, HeaderValue::from_bytes(set).unwrap());
    }
    headers
}

fn store(jar: &mut Jar, set: &str) {
    jar.store(&scope(), &headers(None, &[set.as_bytes()]), NOW);
}

fn jar(set: &[&str]) -> Jar {
    let mut jar = Jar::default();
    for set in set {
        store(&mut jar, set);
    }
    jar
}

fn sent_at(jar: &Jar, host: &str, now: Duration) -> String {
    let header = jar.header_for(host, "/cgi-bin/mmwebwx-bin/x", true, now);
    header.map_or(String::new(), |header| {
        std::str::from_utf8(header.as_bytes()).unwrap().to_owned()
    })
}

fn sent(jar: &Jar, host: &str) -> String {
    sent_at(jar, host, NOW)
}

#[test]
fn oddity_08_and_09_a_login_is_remembered_for_all_hosts_of_the_family() {
    let jar = jar(&[
        "wxuin=2100045678; Domain=wx2.qq.com; Path=/; Expires=Mon, 12-Dec-2022 21:33:22 GMT; Secure",
        "wxsid=Zx3K/qT+bW==; Domain=wx2.qq.com; Path=/; Expires=Mon, 12-Dec-2022 21:33:22 GMT; Secure",
        "wxuin=2100045678; Domain=.qq.com; Path=/; Expires=Mon, 12-Dec-2022 21:33:22 GMT; Secure",
        "webwx_data_ticket=gSe/x+0=; Domain=.qq.com; Path=/; Expires=Mon, 12-Dec-2022 21:33:22 GMT; Secure",
        "webwxuvid=0f1e; Domain=wx2.qq.com; Path=/; Expires=Thu, 09-Dec-2032 09:33:22 GMT; Secure",
    ]);
    let all = "wxuin=2100045678; wxsid=Zx3K/qT+bW==; wxuin=2100045678; webwx_data_ticket=gSe/x+0=; webwxuvid=0f1e";
    for host in ["wx2.qq.com", "webpush.wx2.qq.com", "FILE.wx2.qq.com"] {
        assert_eq!(sent(&jar, host), all, "{host}");
    }
    assert_eq!(
        sent(&jar, "wx.qq.com"),
        "wxuin=2100045678; webwx_data_ticket=gSe/x+0="
    );
    for host in ["qq.com.evil.example", "evilqq.com", "evil.example", ""] {
        assert_eq!(sent(&jar, host), "", "{host}");
    }
    assert!(jar.header_for("wx2.qq.com", "/", false, NOW).is_none());
    assert!(
        jar.header_for("wx2.qq.com", "/", true, NOW)
            .unwrap()
            .is_sensitive()
    );
    // Twelve hours later only what recognises the device is left; a logout comes to the same.
    let later = NOW + Duration::from_secs(12 * 3600);
    assert_eq!(sent_at(&jar, "wx2.qq.com", later), "webwxuvid=0f1e");
    let mut logged_out = jar.clone();
    logged_out.retain_long_lived(NOW, Duration::from_secs(24 * 3600));
    assert_eq!(sent(&logged_out, "wx2.qq.com"), "webwxuvid=0f1e");
    assert_eq!(
        jar.value("file.wx2.qq.com", "webwx_data_ticket", NOW)
            .unwrap()
            .expose(),
        "gSe/x+0="
    );
    assert_eq!(jar.value("wx2.qq.com", "wxsid", later), None);
    assert_eq!(jar.value("evil.example", "wxsid", NOW), None);
}

#[test]
fn oddity_10_values_are_renewed_in_place() {
    let mut jar = jar(&[
        "a=1; Domain=wx2.qq.com; Path=/",
        "b=2; Domain=wx2.qq.com; Path=/",
    ]);
    store(
        &mut jar,
        "a=3_expired; Domain=wx2.qq.com; Path=/; Max-Age=43200",
    );
    assert_eq!(sent(&jar, "wx2.qq.com"), "a=3_expired; b=2");
    // Another path or domain is another cookie; longer paths go first.
    store(&mut jar, "a=4; Domain=qq.com; Path=/");
    store(&mut jar, "a=5; Domain=wx2.qq.com; Path=/cgi-bin");
    store(&mut jar, "a=6; Domain=wx2.qq.com; Path=/cgi");
    assert_eq!(sent(&jar, "wx2.qq.com"), "a=5; a=3_expired; b=2; a=4");
    assert_eq!(jar.value("wx2.qq.com", "b", NOW).unwrap().expose(), "2");
}

#[test]
fn oddity_11_any_past_date_deletes() {
    for past in [
        "Expires=Thu, 01-Jan-1970 00:00:30 GMT",
        "Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "Expires=Wed, 31-Dec-1969 23:59:59 GMT",
        "Expires=Mon, 12-Dec-2022 09:33:22 GMT",
        "Max-Age=0",
        "Max-Age=-1",
        "Max-Age=-99999999999999999999",
        "Max-Age=0; Expires=Thu, 09-Dec-2032 09:33:22 GMT",
    ] {
        let mut jar = jar(&["a=1; Domain=wx2.qq.com; Path=/", "b=2"]);
        store(&mut jar, &format!("a=; Domain=wx2.qq.com; Path=/; {past}"));
        assert_eq!(sent(&jar, "wx2.qq.com"), "b=2", "{past}");
    }
    let mut jar = jar(&["a=1; Domain=wx2.qq.com; Path=/"]);
    store(&mut jar, "a=; Domain=qq.com; Path=/; Max-Age=0");
    store(&mut jar, "a=; Domain=wx2.qq.com; Path=/x; Max-Age=0");
    assert_eq!(sent(&jar, "wx2.qq.com"), "a=1");
}

#[test]
fn a_life_is_measured_by_the_clock_of_the_service() {
    let set: &[u8] = b"a=1; Domain=wx2.qq.com; Path=/; Expires=Mon, 12-Dec-2022 21:33:22 GMT";
    let reply = headers(Some("Mon, 12 Dec 2022 09:33:22 GMT"), &[set]);
    // Our clock is years behind or ahead: twelve hours stay twelve hours.
    for now in [
        Duration::from_secs(1_000_000_000),
        Duration::from_secs(3_000_000_000),
    ] {
        let mut jar = Jar::default();
        jar.store(&scope(), &reply, now);
        assert_eq!(
            sent_at(&jar, "wx2.qq.com", now + Duration::from_secs(43_199)),
            "a=1"
        );
        assert_eq!(
            sent_at(&jar, "wx2.qq.com", now + Duration::from_secs(43_200)),
            ""
        );
    }
    // A date that is none, and one that is beyond all time.
    for (date, expires) in [
        (Some("soon"), "Mon, 12-Dec-2022 21:33:22 GMT"),
        (None, "Mon, 12-Dec-2022 21:33:22 GMT"),
        (None, "tomorrow"),
    ] {
        let set = format!("a=1; Path=/; Expires={expires}");
        let mut jar = Jar::default();
        jar.store(&scope(), &headers(date, &[set.as_bytes()]), NOW);
        assert_eq!(sent(&jar, "wx2.qq.com"), "a=1", "{date:?} {expires}");
    }
    let jar = jar(&["a=1; Path=/; Max-Age=99999999999999999999"]);
    assert_eq!(
        sent_at(&jar, "wx2.qq.com", Duration::from_secs(u64::MAX)),
        ""
    );
    assert_eq!(
        sent_at(&jar, "wx2.qq.com", Duration::from_secs(1 << 62)),
        "a=1"
    );
}

#[test]
fn nobody_sets_cookies_for_others() {
    for domain in [
        "com",
        ".com",
        "qq.com.",
        "weixin.qq.com",
        "wx.qq.com",
        "x.wx2.qq.com",
        "file.wx2.qq.com",
        "evil.example",
        "2.qq.com",
        "..qq.com",
        "q.com",
        "qq.com:443",
        "安.com",
    ] {
        let jar = jar(&[&format!("a=1; Domain={domain}; Path=/")]);
        assert_eq!(jar, Jar::default(), "{domain}");
    }
    // An empty domain is none.
    for set in [
        "a=1; Domain=; Path=/",
        "a=1; Domain=.; Path=/",
        "a=1; Domain; Path=/",
        "a=1; Path=/",
    ] {
        let jar = jar(&[set]);
        assert_eq!(
            (
                sent(&jar, "wx2.qq.com").as_str(),
                sent(&jar, "file.wx2.qq.com").as_str()
            ),
            ("a=1", ""),
            "{set}"
        );
    }
    // One server that stands in for all of them.
    let mut spread = Jar::default();
    let scope = Scope {
        spread: true,
        ..scope()
    };
    spread.store(
        &scope,
        &headers(
            None,
            &[
                b"a=1; Path=/",
                b"b=2; Path=/; Domain=wx2.qq.com",
                b"c=3; Path=/; Domain=evil.example",
            ],
        ),
        NOW,
    );
    assert_eq!(sent(&spread, "webpush.wx2.qq.com"), "a=1; b=2");
    assert_eq!(sent(&spread, "wx.qq.com"), "a=1");
}

#[test]
fn one_bad_header_does_not_cost_the_others() {
    let long = [&b"long="[..], &[b'x'; 5000]].concat();
    let bad: [&[u8]; 9] = [
        b"",
        b";",
        b"=1",
        b"novalue",
        b"a b=1",
        b"raw=\xFF\xFE",
        b"t=a\tb",
        b"n\xE5=1",
        &long,
    ];
    let mut set = vec![&b"first=1; Path=/"[..]];
    set.extend(bad);
    set.extend([
        &b"utf8=\xE5\xAE\x89; Path=/"[..],
        b"q=\"a b\"; PATH=/; secure ; HttpOnly; SameSite=None; Expires",
        b"junk=1; Path=/; Domain=\xFF",
    ]);
    set.push(b"last= 2 = 3 ; path=nonsense; max-age=soon; path=/");
    let mut jar = Jar::default();
    jar.store(&scope(), &headers(None, &set), NOW);
    assert_eq!(
        sent(&jar, "wx2.qq.com"),
        "first=1; utf8=安; q=\"a b\"; last=2 = 3"
    );
}

#[test]
fn paths_are_those_of_the_request_unless_named() {
    let jar = jar(&["a=1", "b=2; Path=/cgi-bin/mmwebwx-bin/webwx", "c=3; Path=x"]);
    let at = |path: &str| {
        let header = jar.header_for("wx2.qq.com", path, true, NOW);
        header.map_or(String::new(), |header| header.to_str().unwrap().to_owned())
    };
    assert_eq!(at("/cgi-bin/mmwebwx-bin/webwxsync"), "a=1; c=3");
    assert_eq!(at("/cgi-bin/mmwebwx-bin"), "a=1; c=3");
    assert_eq!(at("/cgi-bin/mmwebwx-bin/webwx/y"), "b=2; a=1; c=3");
    assert_eq!(at("/cgi-bin/mmwebwx-binary"), "");
    assert_eq!(at("/"), "");
    for (path, directory) in [
        ("", "/"),
        ("/", "/"),
        ("/a", "/"),
        ("/a/", "/a"),
        ("/a/b", "/a"),
        ("a/b", "/"),
    ] {
        assert_eq!(default_path(path), directory, "{path}");
    }
}

#[test]
fn the_jar_is_bounded() {
    let sets: Vec<_> = (0..200).map(|i| format!("c{i}=1; Path=/")).collect();
    let jar = jar(&sets.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(jar.cookies.len(), MAX_COOKIES);
    // The first ones stay, and can be renewed.
    let mut full = jar;
    store(&mut full, "c0=2; Path=/");
    store(&mut full, "new=2; Path=/");
    assert!(sent(&full, "wx2.qq.com").starts_with("c0=2; c1=1; "));
    assert!(!sent(&full, "wx2.qq.com").contains("new"));
    // What ran out makes room.
    let mut short = jar_of_short_lives();
    short.store(
        &scope(),
        &headers(None, &[b"new=2; Path=/"]),
        NOW + Duration::from_secs(10),
    );
    assert_eq!(short.cookies.len(), 1);
}

fn jar_of_short_lives() -> Jar {
    let sets: Vec<_> = (0..MAX_COOKIES)
        .map(|i| format!("c{i}=1; Path=/; Max-Age=5"))
        .collect();
    jar(&sets.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn a_saved_jar_is_the_same_and_a_printed_one_holds_no_values() {
    let jar = jar(&[
        "a=s3cret; Path=/; Max-Age=60; Secure",
        "b=s3cret; Domain=qq.com; Path=/",
    ]);
    let saved = serde_json::to_string(&jar).unwrap();
    assert_eq!(serde_json::from_str::<Jar>(&saved).unwrap(), jar);
    let printed = format!("{jar:?} {jar:#?}");
    assert!(printed.contains("a for wx2.qq.com/") && printed.contains("b for .qq.com/"));
    assert!(!printed.contains("s3cret"), "{printed}");
    // An edited one cannot smuggle a header in.
    let forged = saved.replace("s3cret", "x\\r\\nEvil: 1");
    assert_eq!(
        sent(&serde_json::from_str(&forged).unwrap(), "wx2.qq.com"),
        ""
    );
}

/// The rules once more, as plainly as they can be said: every cookie ever set, and for each question
/// a walk over all of them.
#[derive(Debug, Default)]
struct Model {
    sets: Vec<Set>,
}

#[derive(Clone, Debug)]
struct Set {
    name: String,
    value: usize,
    domain: Option<&'static str>,
    path: &'static str,
    secure: bool,
    life: Option<i64>,
    at: u64,
}

impl Set {
    fn header(&self) -> String {
        let mut header = format!("{}={}; Path={}", self.name, self.value, self.path);
        if let Some(domain) = self.domain {
            header += &format!("; Domain={domain}");
        }
        if self.secure {
            header += "; Secure";
        }
        if let Some(life) = self.life {
            header += &format!("; Max-Age={life}");
        }
        header
    }

    fn allowed(&self) -> bool {
        matches!(
            self.domain,
            None | Some("wx2.qq.com" | "qq.com" | ".qq.com")
        )
    }

    fn key(&self) -> (&str, &str, &str) {
        let domain = self.domain.unwrap_or("wx2.qq.com").trim_start_matches('.');
        (&self.name, domain, self.path)
    }

    fn is_alive(&self, at: u64) -> bool {
        self.life
            .is_none_or(|life| life > 0 && at < self.at + life.unsigned_abs())
    }
}

impl Model {
    fn sent(&self, host: &str, path: &str, secure: bool, at: u64) -> String {
        let sets: Vec<&Set> = self.sets.iter().filter(|set| set.allowed()).collect();
        let mut due: Vec<(usize, &Set)> = Vec::new();
        for (place, set) in sets.iter().enumerate() {
            let is_latest = sets
                .iter()
                .skip(place + 1)
                .all(|later| later.key() != set.key());
            let (_, domain, own_path) = set.key();
            let for_host =
                host == domain || set.domain.is_some() && host.ends_with(&format!(".{domain}"));
            let for_path =
                own_path == "/" || path == own_path || path.starts_with(&format!("{own_path}/"));
            if is_latest && for_host && for_path && (secure || !set.secure) && set.is_alive(at) {
                // It is as old as the first of an unbroken row of sets of the same cookie.
                let mut born = place;
                for earlier in (0..place)
                    .rev()
                    .filter(|earlier| sets[*earlier].key() == set.key())
                {
                    let next = sets[earlier + 1..]
                        .iter()
                        .find(|next| next.key() == set.key())
                        .unwrap();
                    if !sets[earlier].is_alive(next.at) {
                        break;
                    }
                    born = earlier;
                }
                due.push((born, set));
            }
        }
        due.sort_by_key(|(born, set)| (std::cmp::Reverse(set.path.len()), *born));
        let pairs: Vec<_> = due
            .iter()
            .map(|(_, set)| format!("{}={}", set.name, set.value))
            .collect();
        pairs.join("; ")
    }
}

prop_compose! {
    fn set()(
        name in "[ab]",
        value in 0..100_usize,
        domain in prop::sample::select(vec![None, Some("wx2.qq.com"), Some(".qq.com"), Some("qq.com"), Some("com"), Some("file.wx2.qq.com")]),
        path in prop::sample::select(vec!["/", "/x", "/x/y"]),
        secure in any::<bool>(),
        life in prop_oneof![Just(None), (-1..20_i64).prop_map(Some)],
        at in 0..6_u64,
    ) -> Set {
        Set { name, value, domain, path, secure, life, at }
    }
}

proptest! {
    #[test]
    fn it_does_what_the_model_does(sets in prop::collection::vec(set(), 0..24), path in prop::sample::select(vec!["/", "/x", "/x/y", "/xy", "/x/y/z"])) {
        let (mut jar, mut model, mut at) = (Jar::default(), Model::default(), 1000);
        for mut set in sets {
            at += set.at;
            set.at = at;
            jar.store(&scope(), &headers(None, &[set.header().as_bytes()]), Duration::from_secs(at));
            model.sets.push(set);
            for host in ["wx2.qq.com", "file.wx2.qq.com", "wx.qq.com", "qq.com", "evil.example"] {
                for secure in [true, false] {
                    let header = jar.header_for(host, path, secure, Duration::from_secs(at));
                    let header = header.map_or(String::new(), |header| header.to_str().unwrap().to_owned());
                    prop_assert_eq!(header, model.sent(host, path, secure, at));
                }
            }
        }
    }

    #[test]
    fn no_header_makes_it_panic(set in prop::collection::vec(any::<u8>().prop_filter("bytes of headers", |b| *b >= 32 && *b != 127), 0..80), attributes in "[a-zA-Z0-9=;:, .-]{0,60}", date in "[a-zA-Z0-9:, -]{0,40}") {
        let mut jar = Jar::default();
        let attributes = format!("a=1; Expires={attributes}; {attributes}; Max-Age={attributes}");
        jar.store(&scope(), &headers(Some(&date), &[&set, attributes.as_bytes()]), NOW);
        let _ = jar.header_for("wx2.qq.com", "/", true, NOW);
        let _ = date::parse(&set);
    }
}

#[test]
fn what_goes_with_every_request_is_bounded_and_the_first_cookies_stay() {
    let mut jar = jar(&["wxsid=good; Path=/"]);
    for n in 0..40 {
        store(&mut jar, &format!("flood{n}={}; Path=/", "x".repeat(4000)));
    }
    let header = sent(&jar, "wx2.qq.com");
    assert!(header.starts_with("wxsid=good"));
    assert!(header.len() < 17_000, "{}", header.len());
    store(&mut jar, "wxsid=renewed; Path=/");
    assert!(sent(&jar, "wx2.qq.com").starts_with("wxsid=renewed"));
}
