# Two people on one machine, with a profile each.
shivam() { parlor "$@" --profile shivam; }
shahn() { parlor "$@" --profile shahn; }
echo 'seven green lanterns' | shivam signup shivam
echo 'eight quiet harbours' | shahn signup shahn

# They become friends. Shahn follows all his chats, also those to come.
shivam friends add shahn
shahn friends accept shivam
shahn tail --all --lines 9 --count 3 > shahn.txt &

# Shivam writes to a name; the first message begins the chat.
shivam send @shahn hi
shahn send @shivam helloo

# A group, and a message to it.
shivam groups create udit shahn
shivam send '#udit' hi all
wait
