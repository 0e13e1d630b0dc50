PARLOR=${PARLOR:-http://127.0.0.1:8080}
JSON='Content-Type: application/json'
field() { grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4; }

# Ana creates a chat. author_id is her credential.
opened=$(curl -s "$PARLOR/v1/chats" -H "$JSON" -d '{"name": "Ana"}')
chat=$(echo "$opened" | field chat_url)
ana="Authorization: Bearer $(echo "$opened" | field author_id)"

# She creates a link to share, and listens to the event stream.
link=$(curl -s "$PARLOR/v1/links" -H "$ana" -H "$JSON" -d "{\"chat_url\": \"$chat\"}" | field exchange_url)
curl -sN "$chat/events?after=0" -H "$ana" > ana.txt &

# Ben, who has the link and nothing else, knocks. client_id is his credential. He waits.
knocked=$(curl -s "$link/knocks" -H "$JSON" -d '{"name": "Ben", "note": "from the market"}')
ben="Authorization: Bearer $(echo "$knocked" | field client_id)"
curl -sN "$link/events" -H "$ben" > waiting.txt &
waiting=$!

# Ana gets an event at once: who knocks, and two words that Ben sees too. She lets him in, which ends his stream.
until grep 'event: knock$' ana.txt; do sleep 0.1; done
curl -s "$PARLOR/v1/approval" -H "$ana" -H "$JSON" -d "{\"link_url\": \"$link\"}"
wait $waiting

# Both post messages, and both receive them at once.
curl -sN "$chat/events?after=0" -H "$ben" > ben.txt &
curl -s "$chat" -H "$ben" -H "$JSON" -d '{"text": "Hello, Ana"}'
curl -s "$chat" -H "$ana" -H "$JSON" -d '{"text": "Welcome, Ben"}'
until grep 'Welcome, Ben' ana.txt && grep 'Welcome, Ben' ben.txt; do sleep 0.1; done

# Without a credential the chat is a 404, as if it did not exist.
curl -s "$chat"

# Ana closes the chat. Everything in it is deleted, and both streams end.
curl -s -X DELETE "$chat" -H "$ana"
wait
