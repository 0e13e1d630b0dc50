PARLOR=${PARLOR:-http://127.0.0.1:8080}
JSON='Content-Type: application/json'
field() { grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4; }

# Ana and Ben sign up, and sign in. The access token is the credential for everything; it is valid for a few minutes.
login() {
  curl -s "$PARLOR/v1/users" -H "$JSON" -d "{\"username\": \"$1\", \"password\": \"$2\"}" > /dev/null
  curl -s "$PARLOR/v1/sessions" -H "$JSON" -d "{\"username\": \"$1\", \"password\": \"$2\"}" | field access_token
}
ana="Authorization: Bearer $(login ana 'seven green lanterns')"
ben="Authorization: Bearer $(login ben 'eight quiet harbours')"

# Ben listens to everything that concerns him, on one stream. Ana asks to be his friend, and he accepts.
curl -sN "$PARLOR/v1/me/events" -H "$ben" > ben.txt &
until grep -q 'event: state$' ben.txt; do sleep 0.1; done
request=$(curl -s "$PARLOR/v1/friend-requests" -H "$ana" -H "$JSON" -d '{"username": "ben", "note": "From the market"}' | field id)
curl -s -X PATCH "$PARLOR/v1/friend-requests/$request" -H "$ben" -H "$JSON" -d '{"status": "accepted"}'

# Ana writes to Ben by his name: the first message begins the chat of the two.
curl -s "$PARLOR/v1/messages" -H "$ana" -H "$JSON" -d '{"to": "@ben", "text": "Hello, *Ben*"}'

# She creates a group with him, and both write to it by its name.
curl -s "$PARLOR/v1/groups" -H "$ana" -H "$JSON" -d '{"name": "book-club", "members": ["ben"]}'
curl -s "$PARLOR/v1/messages" -H "$ana" -H "$JSON" -d '{"to": "#book-club", "text": "Which book is next?"}'
curl -s "$PARLOR/v1/messages" -H "$ben" -H "$JSON" -d '{"to": "#book-club", "text": "A short one"}'
until grep -q 'A short one' ben.txt; do sleep 0.1; done

# Ben's chats, the latest first, and what the two wrote to each other.
curl -s "$PARLOR/v1/chats" -H "$ben"
curl -s "$PARLOR/v1/users/ana/messages" -H "$ben"

# Ben signs out: his streams end at once.
curl -s -X DELETE "$PARLOR/v1/sessions" -H "$ben"
wait
