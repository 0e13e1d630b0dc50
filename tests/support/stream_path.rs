//! The two ways in which the server writes a stream, and tests that run once on each.

/// Who writes a stream's events to its socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamPath {
    /// A fan-out writer, which takes the connection over from hyper where it can: the default.
    Fanout,
    /// Hyper, as the body of a response.
    Hyper,
}

impl StreamPath {
    /// The flags of a server that writes its streams this way, followed by these.
    pub fn flags<'a>(self, more: &[&'a str]) -> Vec<&'a str> {
        let value = match self {
            Self::Fanout => "auto",
            Self::Hyper => "http",
        };
        [&["--stream-writer", value], more].concat()
    }
}

/// Makes each of these async functions, which take a [`StreamPath`], a test on each path. Tests that follow `multi_thread` run on two threads.
macro_rules! on_both_paths {
    (multi_thread: $($test:ident),+ $(,)?) => {
        $crate::support::on_both_paths!(@ [flavor = "multi_thread", worker_threads = 2] $($test)+);
    };
    ($($test:ident),+ $(,)?) => {
        $crate::support::on_both_paths!(@ [flavor = "current_thread"] $($test)+);
    };
    (@ $arguments:tt $($test:ident)+) => {
        $($crate::support::on_both_paths!(@one $arguments $test);)+
    };
    (@one [$($arguments:tt)*] $test:ident) => {
        mod $test {
            use $crate::support::StreamPath;

            #[tokio::test($($arguments)*)]
            async fn fanout() {
                super::$test(StreamPath::Fanout).await;
            }

            #[tokio::test($($arguments)*)]
            async fn hyper() {
                super::$test(StreamPath::Hyper).await;
            }
        }
    };
}
pub(crate) use on_both_paths;
