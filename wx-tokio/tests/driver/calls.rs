//! Handles in tasks.

use wx_tokio::wx_proto::{Client, Phase};

use crate::service::{Service, online};

#[tokio::test]
async fn a_view_that_panics_takes_only_its_caller_along() {
    let service = Service::usual();
    let (session, mut events) = service.session();
    online(&mut events).await;
    let caller = session.clone();
    let view = tokio::spawn(async move {
        caller.inspect(|_| -> u8 { panic!("a mistake of the application") })
    });
    assert!(view.await.unwrap_err().is_panic());
    assert_eq!(session.inspect(Client::phase).unwrap(), Phase::Online);
}
