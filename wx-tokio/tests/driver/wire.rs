//! What goes over the wire.

use wx_tokio::{
    Session,
    wx_proto::{Client, Close, Now, Output, Seed},
};

use crate::service::{Service, config, direct, online};

/// Not every box between here and there ignores case and order of headers, and a browser has both.
#[tokio::test]
async fn headers_are_written_as_a_browser_writes_them() {
    let service = Service::usual();
    let (_session, mut events) = service.session();
    online(&mut events).await;
    let mut twin = Client::new(config("http://localhost"), Seed::from([7; 32]));
    twin.start(Now::default());
    let Some(Output::Request(given)) = twin.poll_output() else {
        panic!("no request");
    };
    let sent = &service.requests_to("/jslogin")[0];
    let sent: Vec<_> = sent.headers().map(|(name, _)| name).collect();
    let mut names: Vec<_> = given.http.headers().keys().map(title_case).collect();
    names.push("Host".to_owned());
    assert_eq!(sent, names);
    assert!(sent.contains(&"User-Agent"), "{sent:?}");
}

fn title_case(name: &http::HeaderName) -> String {
    let words = name.as_str().split('-');
    let words = words.map(|word| word[..1].to_ascii_uppercase() + &word[1..]);
    words.collect::<Vec<_>>().join("-")
}

#[tokio::test]
async fn sessions_of_one_transport_share_connections() {
    let service = Service::usual();
    let url = service.listen().await;
    let transport = direct();
    for _ in 0..3 {
        let (session, mut events) = Session::spawn(config(&url), &transport);
        online(&mut events).await;
        session.close(Close::default()).await;
    }
    let requests = service.requests();
    let connections = requests
        .iter()
        .map(|request| request.connection)
        .max()
        .unwrap();
    // Each session closes the one its poll is held on, and may open a few in parallel.
    assert!(
        requests.len() >= 15 && connections <= 9,
        "{} over {connections}",
        requests.len()
    );
}
