//! Seals a push so that only the browser that subscribed opens it (RFC 8291, with `aes128gcm` of RFC 8188).

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, ParsedPublicKey, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hmac::{self, HMAC_SHA256};

use crate::domain::push_subscription::PushKeys;

/// The size of a record, in bytes. A push has one, which is never that long.
const RECORD_BYTES: u32 = 4_096;
/// The most bytes that fit a record: without the tag and the delimiter.
pub const MAX_PLAIN_BYTES: usize = RECORD_BYTES as usize - 17;

/// Returns true if a key is a point of the curve (SEC-175).
#[must_use]
pub fn is_on_curve(p256dh: &[u8; 65]) -> bool {
    ParsedPublicKey::try_from(UnparsedPublicKey::new(&ECDH_P256, p256dh)).is_ok()
}

/// Seals a text. The private key and the salt must be random, and used once.
///
/// # Errors
/// If one of the keys is none, or the text has more than [`MAX_PLAIN_BYTES`].
pub fn seal(keys: &PushKeys, private: &[u8; 32], salt: [u8; 16], plain: &[u8]) -> Result<Vec<u8>, Unspecified> {
    if plain.len() > MAX_PLAIN_BYTES {
        return Err(Unspecified);
    }
    let private = PrivateKey::from_private_key(&ECDH_P256, private).map_err(|_| Unspecified)?;
    let public = private.compute_public_key()?;
    let about = [b"WebPush: info\0".as_slice(), &keys.p256dh, public.as_ref()].concat();
    let agreed = |secret: &[u8]| Ok(derive(&keys.auth, secret, &about));
    let secret = agree(&private, UnparsedPublicKey::new(&ECDH_P256, &keys.p256dh), Unspecified, agreed)?;
    let (key, nonce) = (derive(&salt, &secret, b"Content-Encoding: aes128gcm\0"), derive(&salt, &secret, b"Content-Encoding: nonce\0"));
    let mut record = [plain, &[2]].concat();
    let nonce = Nonce::try_assume_unique_for_key(&nonce[..12])?;
    LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key[..16])?).seal_in_place_append_tag(nonce, Aad::empty(), &mut record)?;
    Ok([salt.as_slice(), &RECORD_BYTES.to_be_bytes(), &[65], public.as_ref(), &record].concat())
}

/// Derives 32 bytes (HKDF with SHA-256, RFC 5869). Shorter keys are their beginning.
fn derive(salt: &[u8], secret: &[u8], about: &[u8]) -> [u8; 32] {
    let extracted = hmac::sign(&hmac::Key::new(HMAC_SHA256, salt), secret);
    let expanded = hmac::sign(&hmac::Key::new(HMAC_SHA256, extracted.as_ref()), &[about, &[1]].concat());
    let mut bytes = [0; 32];
    bytes.copy_from_slice(expanded.as_ref());
    bytes
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

    use super::*;

    fn bytes<const LENGTH: usize>(text: &str) -> [u8; LENGTH] {
        BASE64.decode(text).unwrap().try_into().unwrap()
    }

    fn keys() -> PushKeys {
        let p256dh = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
        PushKeys::parse(p256dh, "BTBZMqHH6r4Tts7J_aSIgg").unwrap()
    }

    #[test]
    fn sealing_equals_the_example_of_rfc_8291() {
        let private = bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw");
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw");
        let sealed = seal(&keys(), &private, salt, b"When I grow up, I want to be a watermelon").unwrap();
        let expected = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_\
                        yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        assert_eq!(BASE64.encode(sealed), expected);
    }

    #[test]
    fn another_implementation_opens_what_is_sealed_up_to_the_size_of_a_record() {
        let mut browser = [7; 32];
        browser[0] = 1;
        let secret = p256_secret(&browser);
        let mut p256dh = [0; 65];
        p256dh.copy_from_slice(PrivateKey::from_private_key(&ECDH_P256, &browser).unwrap().compute_public_key().unwrap().as_ref());
        let keys = PushKeys { p256dh, auth: [9; 16] };
        for plain in [vec![], b"{}".to_vec(), vec![b'x'; MAX_PLAIN_BYTES]] {
            let sealed = seal(&keys, &[3; 32], [5; 16], &plain).unwrap();
            let opened = web_push_native::decrypt(sealed, &secret, &web_push_native::Auth::from(keys.auth)).unwrap();
            assert_eq!(opened, plain);
        }
        assert!(seal(&keys, &[3; 32], [5; 16], &vec![b'x'; MAX_PLAIN_BYTES + 1]).is_err());
    }

    fn p256_secret(bytes: &[u8; 32]) -> web_push_native::p256::SecretKey {
        web_push_native::p256::SecretKey::from_slice(bytes).unwrap()
    }

    #[test]
    fn sec_175_only_points_of_the_curve_are_keys() {
        let right = keys().p256dh;
        assert!(is_on_curve(&right));
        for index in [0, 1, 40, 64] {
            let mut wrong = right;
            wrong[index] ^= 1;
            assert!(!is_on_curve(&wrong), "{index}");
            assert!(seal(&PushKeys { p256dh: wrong, auth: [0; 16] }, &[3; 32], [5; 16], b"x").is_err());
        }
        let mut origin = [0; 65];
        origin[0] = 4;
        assert!(!is_on_curve(&origin) && !is_on_curve(&[0; 65]) && !is_on_curve(&[4; 65]));
    }
}
