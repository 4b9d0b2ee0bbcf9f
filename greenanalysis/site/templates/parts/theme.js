(function(){
var choice=document.getElementById("ga-theme"),root=document.documentElement;
if(!choice){return;}
choice.value=root.dataset.theme||"";
choice.parentNode.hidden=false;
choice.addEventListener("change",function(){
if(choice.value){root.dataset.theme=choice.value;}else{delete root.dataset.theme;}
try{if(choice.value){localStorage.setItem("ga-theme",choice.value);}else{localStorage.removeItem("ga-theme");}}catch(e){}});})();
