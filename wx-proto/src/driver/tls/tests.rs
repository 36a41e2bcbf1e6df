use std::io::ErrorKind;

use super::*;

// Two authorities that sign nothing: their keys were thrown away.
const ONE: &str = "\
-----BEGIN CERTIFICATE-----
MIIBgzCCASmgAwIBAgIUYk01NGxli7RriFrSZojEnM9l9C8wCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLb25lLmV4YW1wbGUwIBcNMjYxMTIyMTYwMzAwWhgPMjEyNjEw
MjkxNjAzMDBaMBYxFDASBgNVBAMMC29uZS5leGFtcGxlMFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEqwDd8Tzh/IqCxilZLXXeqDEjO+OShwqyBCukfYyMvqnidE51
E5tZ9DGjfDeJ3phNCDV8S8M3nEaCJhylH23766NTMFEwHQYDVR0OBBYEFIUYRf9q
Y9fDEWSrzHr970KM40KzMB8GA1UdIwQYMBaAFIUYRf9qY9fDEWSrzHr970KM40Kz
MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgXm5L+j8NYlCtvzhg
a54p1up+cbNKKG3RexgPrY1MltACIQDdPpAP7OejnF9bvN9taYsI7gcd67RuN+/b
gE5Il8B20w==
-----END CERTIFICATE-----
";

const TWO: &str = "\
-----BEGIN CERTIFICATE-----
MIIBhDCCASmgAwIBAgIUf3b/8YUvim9AMGE8KbTI2YMMacowCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLdHdvLmV4YW1wbGUwIBcNMjYxMTIyMTYwMzAwWhgPMjEyNjEw
MjkxNjAzMDBaMBYxFDASBgNVBAMMC3R3by5leGFtcGxlMFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEXg+6rwy+A2pQbK4H+aJpnAzxqZMwrlJDbydHdC0ye42V7T1D
ktKSP801ehG0oFGeVJ5RR2UzY3PtYvrGI8MR9aNTMFEwHQYDVR0OBBYEFM7Occ6c
QlaEdt6Qy4pKF53lMYZlMB8GA1UdIwQYMBaAFM7Occ6cQlaEdt6Qy4pKF53lMYZl
MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhANPUAh8pq4ekmiju
FgYv2y4Yv696fF8uREgSG6ifIZYHAiEA1J1KsDzKD9PBm87AewSTJJVuYucrME8w
t966xqWX/So=
-----END CERTIFICATE-----
";

/// No key: it only looks like one.
const KEY: &str = "\
-----BEGIN PRIVATE KEY-----
bm90IGEga2V5IGJ1dCBpdCBjb3VsZCBiZSBvbmU=
-----END PRIVATE KEY-----
";

fn config(roots: Roots, pem: impl Into<Vec<u8>>) -> TransportConfig {
    TransportConfig {
        roots,
        extra_roots: pem.into(),
        ..TransportConfig::default()
    }
}

fn refusal(roots: Roots, pem: impl Into<Vec<u8>>) -> io::Error {
    client_config(&config(roots, pem)).unwrap_err()
}

#[test]
fn every_certificate_of_the_text_is_trusted_whatever_stands_around_it() {
    for (pem, expected) in [
        (String::new(), 0),
        (ONE.to_owned(), 1),
        (format!("{ONE}{TWO}"), 2),
        (format!("# my company\n{ONE}\nand another one\n\n{TWO}"), 2),
        (format!("{KEY}{ONE}{KEY}{TWO}"), 2),
        (format!("{ONE}{TWO}").replace('\n', "\r\n"), 2),
        (ONE.trim_end().to_owned(), 1),
    ] {
        let found = certificates(pem.as_bytes()).unwrap();
        assert_eq!(listed(&found).unwrap().len(), expected, "{pem}");
        client_config(&config(Roots::ExtraOnly, pem)).unwrap();
    }
}

#[test]
fn text_without_a_certificate_is_an_error_and_never_an_empty_list() {
    for pem in [
        "garbage",
        "\n",
        KEY,
        "-----END CERTIFICATE-----\n",
        "\0\u{1}",
    ] {
        let error = refusal(Roots::ExtraOnly, pem);
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{pem:?}");
        assert_eq!(error.to_string(), "no certificate in the extra roots");
    }
}

#[test]
fn one_bad_certificate_spoils_the_text_and_the_error_does_not_quote_it() {
    let cut = ONE.len() / 2;
    let mut bad = vec![
        ONE[..cut].to_owned(),
        ONE.replace("MIIB", "M!IB"),
        // Good PEM, no certificate inside.
        KEY.replace("PRIVATE KEY", "CERTIFICATE"),
        KEY.replace("KEY-----\n", "KEY "),
    ];
    bad.extend(bad.clone().into_iter().map(|bad| format!("{TWO}{bad}")));
    for pem in bad {
        for roots in [Roots::Bundled, Roots::Platform, Roots::ExtraOnly] {
            let error = refusal(roots, &*pem);
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{pem}");
            let printed = format!("{error} {error:?}");
            let quoted = b"bm90".map(|byte| byte.to_string()).join(", ");
            assert!(
                !printed.contains("bm90") && !printed.contains(&quoted),
                "{printed}"
            );
        }
    }
}

#[test]
fn a_choice_that_was_not_built_in_names_its_feature() {
    for (roots, feature, is_built_in) in [
        (
            Roots::Bundled,
            "webpki-roots",
            cfg!(feature = "webpki-roots"),
        ),
        (
            Roots::Platform,
            "platform-verifier",
            cfg!(feature = "platform-verifier"),
        ),
    ] {
        for pem in ["", ONE] {
            match client_config(&config(roots, pem)) {
                Ok(_) => assert!(is_built_in, "{roots:?}"),
                // A bare machine has no roots of its own.
                Err(error) if is_built_in => {
                    assert!(roots == Roots::Platform && pem.is_empty(), "{error}");
                }
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Unsupported);
                    assert!(error.to_string().contains(feature), "{error}");
                }
            }
        }
    }
}

#[test]
fn every_seed_is_another_one() {
    let seeds = [seed().unwrap(), seed().unwrap(), Seed::from([0; 32])];
    assert!(seeds[0] != seeds[1] && seeds[0] != seeds[2] && seeds[1] != seeds[2]);
}
