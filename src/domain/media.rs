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

/// An image or a video, by its URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Media {
    /// An image.
    Image(Image),
    /// A video.
    Video(Video),
}

impl Media {
    /// Returns its size in bytes as counted against the content limits.
    #[must_use]
    pub fn content(&self) -> usize {
        match self {
            Self::Image(image) => image.content(),
            Self::Video(video) => video.content(),
        }
    }
}

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
    fn content(&self) -> usize {
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

    fn content(&self) -> usize {
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
mod tests;
