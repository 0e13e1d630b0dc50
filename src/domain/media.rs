//! Images and videos of messages: URLs that are kept as sent and never fetched, with what the sender tells of them (API 4.1).

use url::Url;

use super::characters::is_line_or_bidi;
use super::text::{Alt, InvalidText, check_characters};

/// The extensions of paths that lead to a video file.
const VIDEO_EXTENSIONS: [&str; 6] = [".mp4", ".m4v", ".webm", ".mov", ".ogv", ".m3u8"];

/// The platforms by their domains; sub-domains belong to them.
const PLATFORMS: [(&str, VideoSource); 8] = [
    ("youtube.com", VideoSource::Youtube),
    ("youtu.be", VideoSource::Youtube),
    ("youtube-nocookie.com", VideoSource::Youtube),
    ("vimeo.com", VideoSource::Vimeo),
    ("vevo.com", VideoSource::Vevo),
    ("dailymotion.com", VideoSource::Dailymotion),
    ("dai.ly", VideoSource::Dailymotion),
    ("twitch.tv", VideoSource::Twitch),
];

/// The URL of an image or a video: `https`, with a host and without user information.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaUrl(Box<str>);

impl MediaUrl {
    /// The maximum length in bytes.
    pub const MAX_BYTES: usize = 2_048;

    /// Validates user input. Whatever two parsers of URLs could understand differently is refused.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        parse_https(text)?;
        Ok(Self(text.into()))
    }

    /// Returns the URL as sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The width or the height of an image: 1 to 20,000 pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pixels(u16);

impl Pixels {
    /// The maximum.
    pub const MAX: u16 = 20_000;

    /// Validates user input.
    pub fn new(pixels: u64) -> Result<Self, InvalidText> {
        let fits = u16::try_from(pixels).ok().filter(|pixels| (1..=Self::MAX).contains(pixels));
        fits.map(Self).ok_or_else(|| InvalidText(format!("must be 1 to {}", Self::MAX)))
    }

    /// Returns the number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

/// The duration of a video: 1 to 86,400 seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoDuration(u32);

impl VideoDuration {
    /// The maximum in seconds.
    pub const MAX_SECONDS: u32 = 86_400;

    /// Validates user input.
    pub fn from_secs(seconds: u64) -> Result<Self, InvalidText> {
        let fits = u32::try_from(seconds).ok().filter(|seconds| (1..=Self::MAX_SECONDS).contains(seconds));
        fits.map(Self).ok_or_else(|| InvalidText(format!("must be 1 to {} seconds", Self::MAX_SECONDS)))
    }

    /// Returns the number of seconds.
    #[must_use]
    pub const fn as_secs(self) -> u32 {
        self.0
    }
}

/// An image of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Where it is.
    pub url: MediaUrl,
    /// Its width.
    pub width: Option<Pixels>,
    /// Its height.
    pub height: Option<Pixels>,
    /// What it shows.
    pub alt: Option<Alt>,
}

impl Image {
    /// Returns its size in bytes as counted against the content limits.
    #[must_use]
    pub fn content(&self) -> usize {
        self.url.0.len() + self.alt.as_ref().map_or(0, |alt| alt.as_str().len())
    }
}

/// A video of a message, with the source that its URL tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Video {
    url: MediaUrl,
    duration: Option<VideoDuration>,
    source: VideoSource,
}

impl Video {
    /// Creates a video, and derives its source.
    ///
    /// # Panics
    /// Never: what is validated can be parsed.
    #[must_use]
    pub fn new(url: MediaUrl, duration: Option<VideoDuration>) -> Self {
        let source = source(&parse_https(url.as_str()).expect("a media URL is valid"));
        Self { url, duration, source }
    }

    /// Returns where it is.
    #[must_use]
    pub const fn url(&self) -> &MediaUrl {
        &self.url
    }

    /// Returns how long it is.
    #[must_use]
    pub const fn duration(&self) -> Option<VideoDuration> {
        self.duration
    }

    /// Returns who serves it.
    #[must_use]
    pub const fn source(&self) -> &VideoSource {
        &self.source
    }

    /// Returns its size in bytes as counted against the content limits.
    #[must_use]
    pub fn content(&self) -> usize {
        self.url.0.len()
    }
}

/// Who serves a video: a platform that is known, a file, or any other host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VideoSource {
    /// `YouTube`.
    Youtube,
    /// Vimeo.
    Vimeo,
    /// Vevo.
    Vevo,
    /// Dailymotion.
    Dailymotion,
    /// Twitch.
    Twitch,
    /// A video file on any other host.
    File,
    /// A host, in lower case; international names in their ASCII form.
    Host(Box<str>),
}

impl VideoSource {
    /// Returns the name on the wire.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        match self {
            Self::Youtube => "youtube",
            Self::Vimeo => "vimeo",
            Self::Vevo => "vevo",
            Self::Dailymotion => "dailymotion",
            Self::Twitch => "twitch",
            Self::File => "file",
            Self::Host(host) => host,
        }
    }
}

fn parse_https(text: &str) -> Result<Url, InvalidText> {
    let invalid = |why: &str| InvalidText(why.into());
    if text.len() > MediaUrl::MAX_BYTES {
        return Err(InvalidText(format!("must have at most {} bytes", MediaUrl::MAX_BYTES)));
    }
    check_characters(text)?;
    if text.chars().any(is_forbidden) {
        return Err(invalid("must not contain spaces, backslashes, control characters or bidirectional controls"));
    }
    let after = text.split_at_checked(8).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("https://")).map(|(_, after)| after);
    let authority = after.ok_or_else(|| invalid("must begin with https://"))?.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(invalid("must not contain a user name or a password"));
    }
    // Parsers of URLs skip slashes to find a host.
    let url = if authority.is_empty() { None } else { Url::parse(text).ok() };
    url.ok_or_else(|| invalid("must be a URL such as https://example.org/picture.png"))
}

fn is_forbidden(c: char) -> bool {
    c == '\\' || c.is_control() || c.is_whitespace() || is_line_or_bidi(c)
}

fn source(url: &Url) -> VideoSource {
    let host = url.host_str().unwrap_or_default();
    let host = host.strip_suffix('.').unwrap_or(host);
    let belongs_to = |domain: &str| host.strip_suffix(domain).is_some_and(|front| front.is_empty() || front.ends_with('.'));
    let platform = PLATFORMS.iter().find(|(domain, _)| belongs_to(domain)).map(|(_, source)| source.clone());
    let path = url.path().to_ascii_lowercase();
    let file = VIDEO_EXTENSIONS.iter().any(|extension| path.ends_with(extension));
    platform.unwrap_or_else(|| if file { VideoSource::File } else { VideoSource::Host(host.into()) })
}

#[cfg(test)]
mod tests {
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
        let schemes =
            ["http://a.b", "//a.b", "a.b", "javascript:alert(1)", "data:image/png,x", "https:a.b", "https:/a.b", " https://a.b", "httpſ://a.b"];
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
}
