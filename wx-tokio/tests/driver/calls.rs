//! What only this driver could get wrong about its inputs.

use wx_tokio::wx_proto::{Client, Phase};

use crate::service::{Act, Service, check, ok, online, sync};

#[tokio::test]
async fn a_view_that_panics_takes_only_its_caller_along() {
    let service = Service::usual();
    let (session, mut events) = service.session();
    online(&mut events).await;
    let caller = session.clone();
    let view = tokio::spawn(async move {
        caller
            .inspect(|_| -> u8 { panic!("a mistake of the application") })
            .await
    });
    assert!(view.await.unwrap_err().is_panic());
    assert_eq!(session.inspect(Client::phase).await.unwrap(), Phase::Online);
}

#[tokio::test]
async fn a_flood_of_inputs_starves_nothing() {
    // News at once, for ever.
    let service = Service::new(|request| match &*request.path {
        path if path.ends_with("/synccheck") => Some(Act::Say(ok(check(2)))),
        path if path.ends_with("/webwxsync") => Some(Act::Say(ok(sync(&["tick"], request.nth)))),
        _ => None,
    });
    let (session, mut events) = service.session();
    online(&mut events).await;
    let event = events.next().await.unwrap().id;
    let before = service.requests().len();
    for _ in 0..100_000 {
        session.acknowledge(event);
    }
    // Behind all of these.
    session.inspect(Client::phase).await.unwrap();
    let meanwhile = service.requests().len() - before;
    assert!(meanwhile > 20, "{meanwhile}");
}
