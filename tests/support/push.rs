//! A browser that subscribes to pushes, and a push service on a loopback socket.

use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use parlor::domain::clock::Clock as _;
use serde_json::{Value, json};
use web_push_native::p256::SecretKey;
use web_push_native::p256::elliptic_curve::sec1::ToEncodedPoint as _;

use super::person::text;
use super::{Chat, Link, Person, Received, Reply, Sink, TestServer, seconds};

/// How many browsers there are: no two have the same keys.
static BROWSERS: AtomicU32 = AtomicU32::new(0);

/// A browser, as far as pushes go.
#[derive(Debug)]
pub struct Browser {
    secret: SecretKey,
    auth: [u8; 16],
    pub endpoint: String,
}

impl Browser {
    /// Returns a new browser whose push service is at this URL.
    pub fn at(endpoint: String) -> Self {
        let number = BROWSERS.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let (secret, mut auth) = ([number.as_slice(), &[1; 28]].concat(), [1; 16]);
        auth[..4].copy_from_slice(&number);
        Self { secret: SecretKey::from_slice(&secret).unwrap(), auth, endpoint }
    }

    /// Returns what the browser says of its subscription.
    pub fn json(&self) -> Value {
        let point = self.secret.public_key().to_encoded_point(false);
        json!({
            "endpoint": self.endpoint,
            "expirationTime": null,
            "keys": {"p256dh": URL_SAFE_NO_PAD.encode(point.as_bytes()), "auth": URL_SAFE_NO_PAD.encode(self.auth)},
        })
    }

    /// Opens what the push service received, which no one else can.
    pub fn opens(&self, received: &Received) -> Value {
        assert_eq!((received.header("content-encoding"), received.header("content-type")), ("aes128gcm", "application/octet-stream"));
        let auth = web_push_native::Auth::from(self.auth);
        serde_json::from_slice(&web_push_native::decrypt(received.body.clone(), &self.secret, &auth).unwrap()).unwrap()
    }
}

/// A push service with one browser.
#[derive(Debug)]
pub struct PushService {
    pub sink: Sink,
    pub browser: Browser,
}

impl PushService {
    pub async fn open() -> Self {
        let sink = Sink::open().await;
        let browser = Browser::at(sink.url("/push/device"));
        Self { sink, browser }
    }

    /// Returns the next push, once it is due. Each is checked as push services do: who sends it, for how long it is worth delivering, what it replaces.
    pub async fn next(&mut self, server: &TestServer) -> Value {
        let received = server.advance_until(&mut self.sink, 1).await;
        check(server, &received, &self.sink.url(""));
        self.browser.opens(&received)
    }

    /// Returns the next push of a kind, leaving out others.
    pub async fn next_of(&mut self, server: &TestServer, kind: &str) -> Value {
        loop {
            let push = self.next(server).await;
            if push["kind"] == kind {
                return push;
            }
        }
    }
}

fn check(server: &TestServer, received: &Received, origin: &str) {
    let (token, key) = received.header("authorization").strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
    assert_eq!(key, server.service.push_key());
    let point = URL_SAFE_NO_PAD.decode(key).unwrap();
    let coordinate = |range: std::ops::Range<usize>| URL_SAFE_NO_PAD.encode(&point[range]);
    let mut validation = Validation::new(Algorithm::ES256);
    (validation.validate_exp, validation.validate_aud) = (false, false);
    let verifying = DecodingKey::from_ec_components(&coordinate(1..33), &coordinate(33..65)).unwrap();
    let claims = decode::<Value>(token, &verifying, &validation).unwrap().claims;
    assert_eq!(claims["aud"], origin);
    let wall = server.clock.wall(server.clock.now()).millis() / 1_000;
    let rest = claims["exp"].as_i64().unwrap() - wall;
    assert!((11 * 3_600..=86_400).contains(&rest), "{rest}");
    let ttl: u64 = received.header("ttl").parse().unwrap();
    assert!((1..=86_400).contains(&ttl) && received.header("topic").len() == 32 && !received.header("urgency").is_empty());
}

/// What people do with push subscriptions.
impl Person {
    /// Tries to subscribe a browser, with these fields besides its own.
    pub async fn subscribes_so(&self, browser: &Browser, fields: Value) -> Reply {
        let mut body = browser.json();
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.posts("/v1/push/subscriptions", body).await
    }

    /// Subscribes a browser as an account; returns the subscription.
    pub async fn subscribes(&self, browser: &Browser) -> Value {
        self.subscribes_so(browser, json!({})).await.is(201).json
    }

    /// Subscribes a browser as a member of a link chat.
    pub async fn subscribes_in(&self, browser: &Browser, chat: &Chat) -> Value {
        self.subscribes_so(browser, json!({"chat_url": chat.url})).await.is(201).json
    }

    /// Subscribes a browser as a guest who waits.
    pub async fn subscribes_at(&self, browser: &Browser, link: &Link) -> Value {
        self.subscribes_so(browser, json!({"link_url": link.url})).await.is(201).json
    }

    /// Returns the ids of the push subscriptions of the account.
    pub async fn subscriptions(&self) -> Vec<String> {
        self.items("/v1/push/subscriptions").await.iter().map(|subscription| text(subscription, "id")).collect()
    }

    /// Returns the ids of the push subscriptions as a member or a guest.
    pub async fn subscriptions_of(&self, field: &str, url: &str) -> Vec<String> {
        self.items(&format!("/v1/push/subscriptions?{field}={url}")).await.iter().map(|subscription| text(subscription, "id")).collect()
    }
}

impl TestServer {
    /// Starts a server that may send pushes to this machine.
    pub async fn with_local_pushes() -> Self {
        Self::with(&["--push-allow", "127.0.0.0/8", "--rate-factor", "0"]).await
    }

    /// Lets this many seconds pass, each long enough for what is due in it.
    pub async fn passes(&self, count: u64) {
        for _ in 0..count {
            self.advance(seconds(1)).await;
            self.service.pushes_drained().await;
        }
    }
}
