use proptest::prelude::*;

use super::*;

const ELSEWHERE: &str = "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxinit";

fn url(url: &str) -> Result<ProxyRules, InvalidProxy> {
    Proxy::Url(url.to_owned()).rules(|name| panic!("{name} was asked for"))
}

fn system(env: &[(&str, &str)]) -> Result<ProxyRules, InvalidProxy> {
    Proxy::System.rules(|name| {
        let set = env.iter().find(|(set, _)| *set == name);
        set.map(|(_, value)| (*value).into())
    })
}

fn tunnel(rules: &ProxyRules, to: &str) -> Option<Tunnel> {
    rules.tunnel_to(&to.parse().unwrap())
}

/// Which proxy is taken to a host that nothing is said about.
fn taken(rules: &ProxyRules) -> Option<String> {
    tunnel(rules, ELSEWHERE).map(|tunnel| format!("{:?}", tunnel.proxy()))
}

/// Whether `no_proxy` with this value spares the URI the proxy.
fn spared(list: &str, uri: &str) -> bool {
    let rules = system(&[("https_proxy", "proxy.example:3128"), ("no_proxy", list)]).unwrap();
    tunnel(&rules, uri).is_none()
}

#[test]
fn no_proxy_is_the_default_and_asks_nobody() {
    let rules = Proxy::default()
        .rules(|name| panic!("{name} was asked for"))
        .unwrap();
    assert_eq!(taken(&rules), None);
    assert_eq!(taken(&ProxyRules::default()), None);
    assert_eq!(taken(&system(&[]).unwrap()), None);
}

#[test]
fn forms_of_a_proxy_url() {
    // Basic and then name:password in base64.
    let plain = None;
    let name_and_word = Some("Basic bmFtZTp3b3Jk");
    for (form, host, port, authorization) in [
        ("http://proxy.example:3128", "proxy.example", 3128, plain),
        ("http://proxy.example:3128/", "proxy.example", 3128, plain),
        ("HTTP://Proxy.Example:3128", "Proxy.Example", 3128, plain),
        ("http://proxy.example", "proxy.example", 80, plain),
        ("http://proxy.example:", "proxy.example", 80, plain),
        ("proxy.example:3128", "proxy.example", 3128, plain),
        ("proxy.example", "proxy.example", 80, plain),
        ("proxy_1:8080/", "proxy_1", 8080, plain),
        ("http://192.0.2.7:8080", "192.0.2.7", 8080, plain),
        ("http://[2001:db8::7]:8080", "2001:db8::7", 8080, plain),
        ("[2001:db8::7]", "2001:db8::7", 80, plain),
        ("http://127.0.0.1:65535", "127.0.0.1", 65535, plain),
        ("http://@proxy.example", "proxy.example", 80, plain),
        ("http://name:word@p:1", "p", 1, name_and_word),
        ("name:word@p:1", "p", 1, name_and_word),
        ("http://n%61me:w%6Frd@[::7]:1/", "::7", 1, name_and_word),
        // `name:`, `:word`, `name:w:o@r`, `name:` and an e with an accent, `name:100%`
        ("http://name@p:1", "p", 1, Some("Basic bmFtZTo=")),
        ("http://:word@p:1", "p", 1, Some("Basic OndvcmQ=")),
        (
            "http://name:w:o%40r@p:1",
            "p",
            1,
            Some("Basic bmFtZTp3Om9Acg=="),
        ),
        (
            "http://name:w:o@r@p:1",
            "p",
            1,
            Some("Basic bmFtZTp3Om9Acg=="),
        ),
        ("http://name:%c3%a9@p:1", "p", 1, Some("Basic bmFtZTrDqQ==")),
        ("http://name:100%@p:1", "p", 1, Some("Basic bmFtZToxMDAl")),
    ] {
        let tunnel = tunnel(&url(form).unwrap(), ELSEWHERE).unwrap();
        assert_eq!(tunnel.proxy(), (host, port), "{form}");
        let request = tunnel.request();
        let request = std::str::from_utf8(&request).unwrap();
        let sent = request
            .lines()
            .find_map(|line| line.strip_prefix("Proxy-Authorization: "));
        assert_eq!(sent, authorization, "{form}");
    }
}

#[test]
fn what_is_no_proxy_url_is_refused_with_its_reason() {
    use InvalidProxy::{Authority, Character, MoreThanAuthority, Scheme, UserInfo};
    for (form, reason) in [
        ("https://proxy.example:3128", Scheme),
        ("socks5://proxy.example:1080", Scheme),
        ("socks5h://proxy.example:1080", Scheme),
        ("://proxy.example", Scheme),
        ("http ://proxy.example", Character),
        ("", Authority),
        ("/", Authority),
        ("http://", Authority),
        ("http:///", Authority),
        ("http://:3128", Authority),
        ("http://name:word@", Authority),
        ("http://name:word@:3128", Authority),
        ("http://proxy.example:0", Authority),
        ("http://proxy.example:65536", Authority),
        ("http://proxy.example:-1", Authority),
        ("http://proxy.example:+80", Authority),
        ("http://proxy.example:3128:1", Authority),
        ("http:proxy.example", Authority),
        ("socks5:proxy.example:1080", Authority),
        ("http://2001:db8::7:3128", Authority),
        ("http://[::1", Authority),
        ("http://[::1]3128", Authority),
        ("http://[proxy.example]:3128", Authority),
        ("http://proxy%2eexample", Authority),
        ("http://proxy.example;x", Authority),
        ("http://proxy.example:3128/path", MoreThanAuthority),
        ("http://proxy.example//", MoreThanAuthority),
        ("http://proxy.example?x", MoreThanAuthority),
        ("http://proxy.example#x", MoreThanAuthority),
        ("http://name:w/ord@proxy.example", MoreThanAuthority),
        ("http://one.example\\@two.example", MoreThanAuthority),
        ("http://proxy.example:3128 ", Character),
        (" http://proxy.example:3128", Character),
        ("http://name:w ord@proxy.example", Character),
        ("http://proxy.example\r\nX-Injected: 1", Character),
        ("http://proxy.example\0", Character),
        ("http://pröxy.example", Character),
        ("http://name:w%0D%0AX: 1@proxy.example", Character),
        ("http://name:w%0D%0AX:%201@proxy.example", UserInfo),
        ("http://na%00me@proxy.example", UserInfo),
        ("http://na%3Ame:word@proxy.example", UserInfo),
        ("http://name:%7f@proxy.example", UserInfo),
    ] {
        assert_eq!(url(form).unwrap_err(), reason, "{form:?}");
        if !form.is_empty() {
            // The environment is no more trusted, nor passed over: that would be the direct way.
            assert_eq!(system(&[("all_proxy", form)]).unwrap_err(), reason);
        }
    }
    assert!(Scheme.to_string().contains("http"));
}

#[test]
fn the_first_variable_that_says_something_wins() {
    let all = [
        ("https_proxy", "one:1"),
        ("HTTPS_PROXY", "two:2"),
        ("all_proxy", "three:3"),
        ("ALL_PROXY", "four:4"),
    ];
    for (said, expected) in (0..).zip(["one", "two", "three", "four"]) {
        let mut env = all;
        for earlier in env.iter_mut().take(said) {
            earlier.1 = "";
        }
        let expected = Some(format!("({expected:?}, {})", said + 1));
        assert_eq!(taken(&system(&env).unwrap()), expected);
        assert_eq!(taken(&system(&all[said..]).unwrap()), expected);
    }
    for elsewhere in ["http_proxy", "HTTP_PROXY", "proxy", "Https_Proxy"] {
        assert_eq!(taken(&system(&[(elsewhere, "one:1")]).unwrap()), None);
    }

    let way = ("https_proxy", "one:1");
    for (env, direct) in [
        (
            [way, ("no_proxy", "qq.com"), ("NO_PROXY", "x.example")],
            true,
        ),
        (
            [way, ("no_proxy", "x.example"), ("NO_PROXY", "qq.com")],
            false,
        ),
        ([way, ("no_proxy", ""), ("NO_PROXY", "qq.com")], true),
    ] {
        assert_eq!(taken(&system(&env).unwrap()).is_none(), direct, "{env:?}");
    }
}

#[test]
fn no_proxy_lists_names_addresses_and_blocks() {
    for (list, uri, direct) in [
        // Names: themselves and what is below them.
        ("qq.com", "https://qq.com/", true),
        ("qq.com", "https://wx.qq.com/", true),
        ("qq.com", "https://login.wx.qq.com/", true),
        ("qq.com", "https://notqq.com/", false),
        ("qq.com", "https://qq.com.evil.example/", false),
        ("wx.qq.com", "https://qq.com/", false),
        (".qq.com", "https://wx.qq.com/", true),
        (".qq.com", "https://qq.com/", true),
        ("*.qq.com", "https://wx.qq.com/", true),
        ("*.qq.com", "https://qq.com/", true),
        ("QQ.Com", "https://WX.qq.COM/", true),
        ("qq.com.", "https://wx.qq.com/", true),
        ("qq.com", "https://wx.qq.com./", true),
        // Lists.
        ("a.example,qq.com", "https://wx.qq.com/", true),
        ("a.example qq.com", "https://wx.qq.com/", true),
        (" a.example ,\t qq.com,, ", "https://wx.qq.com/", true),
        ("a.example,b.example", "https://wx.qq.com/", false),
        ("*", "https://wx.qq.com/", true),
        ("a.example, *", "https://[2001:db8::5]/", true),
        // Ports.
        ("qq.com:443", "https://wx.qq.com/", true),
        ("qq.com:8443", "https://wx.qq.com/", false),
        ("qq.com:8443", "https://wx.qq.com:8443/", true),
        ("*:8443", "https://wx.qq.com:8443/", true),
        ("*:8443", "https://wx.qq.com/", false),
        // Addresses.
        ("192.0.2.7", "https://192.0.2.7/", true),
        ("192.0.2.7", "https://192.0.2.6/", false),
        ("192.0.2.7", "https://192.0.2.7./", true),
        ("192.0.2.7:443", "https://192.0.2.7/", true),
        ("192.0.2.7:444", "https://192.0.2.7/", false),
        ("0.2.7", "https://192.0.2.7/", false),
        (".2.7", "https://192.0.2.7/", false),
        ("2001:db8::5", "https://[2001:db8::5]/", true),
        ("2001:DB8:0::5", "https://[2001:db8::5]/", true),
        ("[2001:db8::5]", "https://[2001:db8::5]/", true),
        ("[2001:db8::5]:443", "https://[2001:db8::5]/", true),
        ("[2001:db8::5]:444", "https://[2001:db8::5]/", false),
        ("2001:db8::5", "https://[2001:db8::4]/", false),
        ("192.0.2.7", "https://[::ffff:192.0.2.7]/", true),
        ("::ffff:192.0.2.7", "https://192.0.2.7/", true),
        // Blocks.
        ("192.0.2.0/24", "https://192.0.2.255/", true),
        ("192.0.2.0/24", "https://192.0.3.0/", false),
        ("192.0.2.99/24", "https://192.0.2.1/", true),
        ("192.0.2.0/25", "https://192.0.2.128/", false),
        ("192.0.2.7/32", "https://192.0.2.7/", true),
        ("192.0.2.7/32", "https://192.0.2.6/", false),
        ("192.0.2.0/24:443", "https://192.0.2.9/", true),
        ("192.0.2.0/24:444", "https://192.0.2.9/", false),
        ("0.0.0.0/0", "https://203.0.113.1/", true),
        ("0.0.0.0/0", "https://[2001:db8::5]/", false),
        ("0.0.0.0/0", "https://wx.qq.com/", false),
        ("::/0", "https://[2001:db8::5]/", true),
        ("::/0", "https://203.0.113.1/", false),
        ("2001:db8::/32", "https://[2001:db8:ffff::1]/", true),
        ("2001:db8::/32", "https://[2001:db9::1]/", false),
        ("[2001:db8::]/32", "https://[2001:db8::1]/", true),
        ("[2001:db8::]/32:443", "https://[2001:db8::1]/", true),
        ("::ffff:192.0.2.0/120", "https://192.0.2.9/", true),
        ("::ffff:192.0.2.0/120", "https://192.0.3.9/", false),
        // What means nothing matches nothing, and spoils nothing.
        ("192.0.2.0/33,192.0.2.7", "https://192.0.2.7/", true),
        ("192.0.2.0/33", "https://192.0.2.0/", false),
        ("2001:db8::/129", "https://[2001:db8::]/", false),
        ("::ffff:0.0.0.0/64", "https://203.0.113.1/", false),
        ("192.0.2.0/", "https://192.0.2.0/", false),
        ("192.0.2.0/-1", "https://192.0.2.0/", false),
        ("qq.com/8", "https://wx.qq.com/", false),
        ("qq.com:x", "https://wx.qq.com/", false),
        ("qq.com:0", "https://wx.qq.com/", false),
        ("https://wx.qq.com", "https://wx.qq.com/", false),
        ("*qq.com", "https://wx.qq.com/", false),
        ("w*.qq.com", "https://wx.qq.com/", false),
        ("*.", "https://wx.qq.com/", false),
        ("**", "https://wx.qq.com/", false),
        (".", "https://wx.qq.com/", false),
        ("", "https://wx.qq.com/", false),
        ("com:", "https://wx.qq.com/", true),
        ("[", "https://wx.qq.com/", false),
        ("<local>", "https://wx.qq.com/", false),
    ] {
        assert_eq!(spared(list, uri), direct, "{list:?} {uri}");
    }
}

#[test]
fn this_machine_is_reached_directly_whatever_the_rules() {
    let rules = url("http://name:word@proxy.example:3128").unwrap();
    for (host, direct) in [
        ("localhost", true),
        ("LocalHost.", true),
        ("sim.localhost", true),
        ("127.0.0.1", true),
        ("127.255.1.2", true),
        ("[::1]", true),
        ("[0:0:0:0:0:0:0:1]", true),
        ("[::ffff:127.0.0.1]", true),
        ("localhost.example", false),
        ("notlocalhost", false),
        ("128.0.0.1", false),
        ("127.0.0.1.example", false),
        ("[::2]", false),
        ("[::ffff:128.0.0.1]", false),
        ("wx.qq.com", false),
    ] {
        for to in [format!("https://{host}/"), format!("https://{host}:8443/x")] {
            assert_eq!(tunnel(&rules, &to).is_none(), direct, "{to}");
        }
    }
}

#[test]
fn only_https_is_tunneled() {
    let rules = url("proxy.example").unwrap();
    assert!(tunnel(&rules, "HTTPS://wx.qq.com").is_some());
    for to in [
        "http://wx.qq.com/",
        "http://wx.qq.com:443/",
        "ftp://wx.qq.com:443/",
        "wx.qq.com:443",
        "/path",
    ] {
        assert!(tunnel(&rules, to).is_none(), "{to}");
    }
}

#[test]
fn nothing_printed_holds_name_or_password() {
    let form = "http://the-name:the-word@proxy.example:3128";
    let proxy = Proxy::Url(form.to_owned());
    let rules = url(form).unwrap();
    let tunnel = tunnel(&rules, ELSEWHERE).unwrap();
    let mut printed = vec![
        format!("{proxy:?}"),
        format!("{rules:?}"),
        format!("{tunnel:?}"),
    ];
    assert!(printed[1].contains("proxy.example") && printed[2].contains("wx.qq.com"));
    for broken in [
        "the-name:the-word@proxy.example:99999",
        "socks5://the-name:the-word@proxy.example",
        "the-name:the-word://@proxy.example",
        "the-name:the-word%00@proxy.example",
        "the-name:the-word#@proxy.example",
        "the-name: the-word@proxy.example",
    ] {
        let error = url(broken).unwrap_err();
        printed.push(format!("{error:?} {error}"));
    }
    // The pair in base64, and parts of it.
    let encoded = "dGhlLW5hbWU6dGhlLXdvcmQ";
    assert!(
        tunnel
            .request()
            .windows(encoded.len())
            .any(|window| window == encoded.as_bytes())
    );
    for text in printed {
        for secret in ["the-name", "the-word", "dGhlLW5hbWU", "LXdvcmQ"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

/// Text near a URL or a list, and text that is nothing of the kind.
fn near_miss() -> impl Strategy<Value = String> {
    prop_oneof![
        1 => any::<String>(),
        4 => "(http://)?([a-z%0-9:]{0,9}@)?[a-z0-9.]{1,9}(:[0-9]{1,5})?/?",
        1 => "(http|https|[a-z%@:]{0,5})(://|:|)[\\[\\]a-f0-9:.@%/\r\n \t]{0,24}",
        1 => "[\\[\\]*a-f0-9:./, \r\n]{0,40}",
    ]
}

/// What stands between `https://` and the path, with all characters that URIs allow there.
fn authority() -> impl Strategy<Value = String> {
    prop_oneof![
        1 => near_miss(),
        2 => "([!-~]{0,5}@)?[a-z0-9!$&'()*+,;=~._-]{1,16}(:[0-9]{0,5})?",
        1 => "\\[[0-9a-f:.]{2,12}\\](:[0-9]{1,4})?",
        1 => any::<[u16; 8]>().prop_map(|v6| format!("[{}]", std::net::Ipv6Addr::from(v6))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn whatever_the_environment_and_the_uri_a_request_has_its_own_lines_only(
        proxy in near_miss(),
        list in near_miss(),
        authority in authority(),
    ) {
        let uri = format!("https://{authority}/").parse::<Uri>();
        let env = |name: &str| Some(match name {
            "https_proxy" => OsString::from(&proxy),
            _ => OsString::from(&list),
        });
        for way in [Proxy::System, Proxy::Url(proxy.clone())] {
            let (Ok(rules), Ok(uri)) = (way.rules(env), &uri) else { continue };
            let Some(tunnel) = rules.tunnel_to(uri) else { continue };
            let request = tunnel.request();
            let request = std::str::from_utf8(&request).unwrap();
            let lines: Vec<_> = request.split("\r\n").collect();
            let (host, port) = host_and_port(uri).unwrap();
            let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
            prop_assert_eq!(lines[0], format!("CONNECT {host}:{port} HTTP/1.1"));
            prop_assert_eq!(lines[1], format!("Host: {host}:{port}"));
            match lines[2..] {
                ["", ""] => {}
                [authorization, "", ""] => {
                    prop_assert!(authorization.starts_with("Proxy-Authorization: Basic "));
                }
                _ => prop_assert!(false, "{:?}", request),
            }
            let graphic = |line: &&str| line.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
            prop_assert!(lines.iter().all(graphic), "{:?}", request);
        }
    }

    #[test]
    fn a_block_holds_what_shares_its_leading_bits(
        network: u32,
        flipped in 0..32_u32,
        bits in 0..=32_u32,
    ) {
        let network = std::net::Ipv4Addr::from(network);
        // The same address but for one bit, counted from the left.
        let other = std::net::Ipv4Addr::from(u32::from(network) ^ (1 << (31 - flipped)));
        prop_assume!(!other.is_loopback());
        let inside = flipped >= bits;
        prop_assert_eq!(spared(&format!("{network}/{bits}"), &format!("https://{other}/")), inside);
        let v6 = |v4: std::net::Ipv4Addr| v4.to_ipv6_mapped();
        let list = format!("{}/{}", v6(network), bits + 96);
        prop_assert_eq!(spared(&list, &format!("https://[{}]/", v6(other))), inside);
    }
}
