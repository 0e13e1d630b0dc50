//! Tests of media: which URLs are refused, and what a video's URL tells of its source.

use super::*;

#[test]
fn a_url_is_kept_as_sent() {
    let longest = format!("https://a.b/{}", "x".repeat(MediaUrl::MAX_BYTES - 12));
    for url in [
        "https://example.org",
        "HTTPS://Example.org:8443/A%20b?c=d&e#f",
        "https://münchen.example/ü/中?ö=😀",
        "https://192.0.2.1/a.png",
        "https://[2001:db8::1]/a.png",
        "https://a.b/@c",
        "https://a.b/?c@d",
        "https://a.b#@c",
        "https://a.b/\"<>'`{}|^",
        &longest,
    ] {
        assert_eq!(MediaUrl::parse(url).unwrap().as_str(), url);
    }
}

#[test]
fn what_is_no_plain_https_url_is_refused() {
    let schemes = ["http://a.b", "//a.b", "a.b", "javascript:alert(1)", "data:image/png,x", "https:a.b", "https:/a.b", " https://a.b", "httpſ://a.b"];
    let hosts = ["", "https://", "https:///a.b", "https://?a.b", "https://#", "https://:443/", "https://a b.c", "https://a%00b", "https://[::1/"];
    let users = ["https://a@b.c", "https://a:b@c.d/e", "https://@b.c", "https://:@b.c", "https://b.c:443@d.e", "https://a.b\\@c.d"];
    let characters = ["https://a.b/c d", "https://a.b/\t", "https://a.b/\n", "https://a.b\0", "https://a.b/\u{202e}", "https://a.b/\u{85}"];
    let edges = ["https://a.b/\\c", "https://a.b ", "https://a.b/\u{2066}", "https://a.b/\u{3000}", "https://a.b:99999"];
    let (long, marks) = (format!("https://a.b/{}", "x".repeat(MediaUrl::MAX_BYTES - 11)), format!("https://a.b/{}", "\u{301}".repeat(9)));
    for wrong in schemes.into_iter().chain(hosts).chain(users).chain(characters).chain(edges).chain([long.as_str(), &marks]) {
        assert!(MediaUrl::parse(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn a_source_is_told_by_host_then_by_extension() {
    for (url, source) in [
        ("https://youtube.com/watch?v=a", "youtube"),
        ("https://www.YouTube.com/watch?v=a", "youtube"),
        ("https://m.youtube.com./a.mp4", "youtube"),
        ("https://youtu.be/a", "youtube"),
        ("https://www.youtube-nocookie.com/embed/a", "youtube"),
        ("https://player.vimeo.com:443/video/1", "vimeo"),
        ("https://www.vevo.com/watch/a", "vevo"),
        ("https://dailymotion.com/video/a", "dailymotion"),
        ("https://dai.ly/a", "dailymotion"),
        ("https://clips.twitch.tv/a", "twitch"),
        ("https://notyoutube.com/a", "notyoutube.com"),
        ("https://youtube.com.evil.example/a", "youtube.com.evil.example"),
        ("https://evil.example/youtube.com", "evil.example"),
        ("https://cdn.example/a.MP4?b=c#d", "file"),
        ("https://cdn.example/a.m3u8", "file"),
        ("https://cdn.example/a.mp4/b", "cdn.example"),
        ("https://cdn.example/?a.mp4", "cdn.example"),
        ("https://cdn.example/amp4", "cdn.example"),
        ("https://a.mp4/", "a.mp4"),
        ("https://Bücher.example:8443/", "xn--bcher-kva.example"),
        ("https://[2001:db8::1]/", "[2001:db8::1]"),
    ] {
        assert_eq!(Video::new(MediaUrl::parse(url).unwrap(), None).source().as_str(), source, "{url}");
    }
    for extension in ["mp4", "m4v", "webm", "mov", "ogv", "m3u8"] {
        let url = MediaUrl::parse(&format!("https://a.b/c.{extension}")).unwrap();
        assert_eq!(*Video::new(url, None).source(), VideoSource::File, "{extension}");
    }
}

#[test]
fn sizes_and_durations_have_bounds() {
    assert!([1, 20_000].into_iter().all(|pixels| u64::from(Pixels::new(pixels).unwrap().get()) == pixels));
    assert!([0, 20_001, 65_537, u64::MAX].into_iter().all(|pixels| Pixels::new(pixels).is_err()));
    assert!([1, 86_400].into_iter().all(|seconds| u64::from(VideoDuration::from_secs(seconds).unwrap().as_secs()) == seconds));
    assert!([0, 86_401, 4_294_967_297].into_iter().all(|seconds| VideoDuration::from_secs(seconds).is_err()));
    assert!(Alt::parse(&"é".repeat(280)).is_ok());
    assert!([&"a".repeat(281), "", " ", "a\nb", "a\u{202e}b"].into_iter().all(|alt| Alt::parse(alt).is_err()));
}
